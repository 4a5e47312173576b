"""What each role may do (platform.md §1). Roles are lists that a person can read; nothing is granted elsewhere."""

from enum import StrEnum


class Permission(StrEnum):
    """One act that a page or an API grants or refuses."""

    SEARCH = "search"  # search professionals anywhere in France
    ORIENT = "orient"  # send a patient to one of them, and follow one's own orientations
    SEE_PARTICIPATION = "see_participation"  # participation badges and complementary information
    SOLICIT = "solicit"  # « en sus »
    OWN_PRACTICE = "own_practice"  # own places, their territories
    OWN_STRUCTURES = "own_structures"  # the structures one is attached to
    DELEGATE = "delegate"  # name somebody who acts for oneself
    ACT_AS_DELEGATE = "act_as_delegate"  # what delegations open, nothing else
    EDIT_SETTINGS = "edit_settings"  # participation and visibility: own, of own structures, or as a delegate
    EDIT_AGENDA = "edit_agenda"  # SAS agenda and unavailability: the same
    READ_ORIENTATIONS = "read_orientations"  # those of own territories
    READ_FHIR = "read_fhir"  # slots in FHIR, for machine clients
    READ_WORKLIST = "read_worklist"  # who is to be mobilised in own territories, and « contacté le »
    MANAGE_ORGANISATIONS = "manage_organisations"  # territorial organisations of own territories, and their validation
    MANAGE_ACCOUNTS = "manage_accounts"  # of own territories: people, requests, who has access, accounts at editors
    EDIT_TERRITORY_CONTACTS = "edit_territory_contacts"  # contacts and instructions of own territories
    EDIT_TERRITORIES = "edit_territories"  # their limits, states, calendars, radii
    READ_TERRITORIES = "read_territories"  # the sheet of own territories
    OPERATE = "operate"  # jobs, e-mails, break-glass codes
    READ_AUDIT = "read_audit"  # the whole audit trail; everybody reads their own history


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
    Role.REGULATOR: frozenset({Permission.SEARCH, Permission.ORIENT, Permission.SEE_PARTICIPATION, Permission.SOLICIT}),
    Role.IOA: frozenset({Permission.SEARCH, Permission.ORIENT}),
    Role.EFFECTOR: frozenset(
        {Permission.OWN_PRACTICE, Permission.DELEGATE, Permission.EDIT_SETTINGS, Permission.EDIT_AGENDA}
    ),  # cannot search or book (S1 Q17)
    Role.STRUCTURE_MANAGER: frozenset(
        {Permission.OWN_STRUCTURES, Permission.DELEGATE, Permission.EDIT_SETTINGS, Permission.EDIT_AGENDA}
    ),
    Role.DELEGATE: frozenset({Permission.ACT_AS_DELEGATE, Permission.EDIT_SETTINGS, Permission.EDIT_AGENDA}),
    Role.ACCOUNT_MANAGER: frozenset(
        {Permission.MANAGE_ACCOUNTS, Permission.EDIT_TERRITORY_CONTACTS, Permission.READ_TERRITORIES}
    ),
    Role.TERRITORIAL_REFERENT: frozenset(
        {
            Permission.READ_TERRITORIES,
            Permission.READ_WORKLIST,
            Permission.MANAGE_ORGANISATIONS,
            Permission.READ_ORIENTATIONS,
        }
    ),
    Role.NATIONAL_ADMIN: frozenset(Permission)
    - {
        Permission.OWN_PRACTICE,
        Permission.OWN_STRUCTURES,
        Permission.DELEGATE,
        Permission.ACT_AS_DELEGATE,
        Permission.EDIT_SETTINGS,
        Permission.EDIT_AGENDA,
        Permission.READ_FHIR,
    },
}
"""A national administrator may everything but be somebody else: what is « own » needs the role that owns it."""

TERRITORIAL = frozenset(
    {
        Permission.MANAGE_ACCOUNTS,
        Permission.EDIT_TERRITORY_CONTACTS,
        Permission.READ_TERRITORIES,
        Permission.EDIT_TERRITORIES,
        Permission.READ_WORKLIST,
        Permission.MANAGE_ORGANISATIONS,
        Permission.READ_ORIENTATIONS,
    }
)
"""Permissions that hold on the territories of the grant only. Territory never limits a search (platform.md §1)."""

NEEDS_TERRITORY = frozenset({Role.ACCOUNT_MANAGER, Role.TERRITORIAL_REFERENT})
"""Roles that mean nothing without a territory."""

RANK: dict[Role, int] = {
    Role.NATIONAL_ADMIN: 2,
    Role.ACCOUNT_MANAGER: 1,
    Role.TERRITORIAL_REFERENT: 1,
}
"""Who may act on whom: never above one's own rank; a role that is not here has rank 0."""

CLIENT_SCOPES: dict[str, frozenset[Permission]] = {
    "search": frozenset({Permission.SEARCH, Permission.SEE_PARTICIPATION}),
    "fhir": frozenset({Permission.READ_FHIR}),
}
"""What a machine client's token opens (interfaces.md §4, `create_client`)."""
