"""What each role may do (platform.md §1). Roles are lists that a person can read; nothing is granted elsewhere."""

from enum import StrEnum


class Permission(StrEnum):
    """One act that a page or an API grants or refuses."""

    SEARCH = "search"  # search professionals anywhere in France, and orient
    SEE_PARTICIPATION = "see_participation"  # participation badges and complementary information
    SOLICIT = "solicit"  # « en sus »


class Role(StrEnum):
    """The names of interfaces.md §1; `label` is what people read."""

    REGULATOR = "regulator"
    IOA = "ioa"
    EFFECTOR = "effector"
    STRUCTURE_MANAGER = "structure_manager"
    DELEGATE = "delegate"
    ACCOUNT_MANAGER = "account_manager"
    TERRITORIAL_REFERENT = "territorial_referent"
    NATIONAL_ADMIN = "national_admin"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    Role.REGULATOR: "Régulateur / OSNP",
    Role.IOA: "Infirmier organisateur de l’accueil",
    Role.EFFECTOR: "Effecteur",
    Role.STRUCTURE_MANAGER: "Gestionnaire de structure",
    Role.DELEGATE: "Délégataire",
    Role.ACCOUNT_MANAGER: "Gestionnaire de comptes",
    Role.TERRITORIAL_REFERENT: "Référent territorial",
    Role.NATIONAL_ADMIN: "Administrateur national",
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.REGULATOR: frozenset({Permission.SEARCH, Permission.SEE_PARTICIPATION, Permission.SOLICIT}),
    Role.IOA: frozenset({Permission.SEARCH}),
    Role.EFFECTOR: frozenset(),  # cannot search or book (S1 Q17)
    Role.STRUCTURE_MANAGER: frozenset(),
    Role.DELEGATE: frozenset(),
    Role.ACCOUNT_MANAGER: frozenset(),
    Role.TERRITORIAL_REFERENT: frozenset(),
    Role.NATIONAL_ADMIN: frozenset(Permission),
}

CLIENT_SCOPES: dict[str, frozenset[Permission]] = {
    "search": frozenset({Permission.SEARCH, Permission.SEE_PARTICIPATION}),
    "fhir": frozenset(),  # the FHIR server comes with orientations
}
"""What a machine client's token opens (interfaces.md §4, `create_client`)."""
