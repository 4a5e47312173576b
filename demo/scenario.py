"""The demonstration in figures and names: scales, editors, shares, accounts. Everything in it is invented."""

from dataclasses import dataclass

from sas.accounts.permissions import Role

SEED = 59

DEPARTMENT = "59"
"""The one that the demonstration plays in: large towns and villages, a coast and a border."""


@dataclass(frozen=True)
class Scale:
    """How much of the country is invented. `rows` of extraction for `DEPARTMENT`, or for all of France when `national`.

    `only` keeps these communes of it: dense enough to search in, quick enough for a test.
    """

    name: str
    label: str
    rows: int
    national: bool = False
    only: frozenset[str] = frozenset()


SCALES = {
    scale.name: scale
    for scale in (
        Scale("small", "quelques communes", 3_000, only=frozenset({"59350", "59512", "59599", "59009"})),
        Scale("department", "un département", 34_000),  # about 3,400 general practitioners
        Scale("national", "le pays entier", 1_300_000, national=True),
    )
}

ROWS_PER_INHABITANT = SCALES["department"].rows / 2_600_000
"""For a territory other than `DEPARTMENT`."""


PARTICIPATING_SHARE = 0.35
OF_WHICH_BY_CPTS = 0.40
"""Where a CPTS covers their commune."""


@dataclass(frozen=True)
class DemoAccount:
    """A persona. `card`: the national id of their card at the Pro Santé Connect sandbox, when they have one.

    `effector`: the card is that of a participating doctor of the directory. `invited`: an account that nobody has
    entered yet, without national id nor password; its card is there for the first sign-in.
    """

    email: str
    given_name: str
    family_name: str
    role: Role
    card: str = ""
    effector: bool = False
    national: bool = False
    invited: bool = False
    profession: str = "10"


ACCOUNTS = (
    DemoAccount("regulateur@demo.invalid", "Camille", "Regnault", Role.REGULATOR, card="899900000011"),
    DemoAccount("osnp@demo.invalid", "Sacha", "Opsomer", Role.REGULATOR),
    DemoAccount("invitee@demo.invalid", "Maya", "Invitée", Role.REGULATOR, card="899900000012", invited=True),
    DemoAccount("agent@demo.invalid", "Ambre", "Agente", Role.REGULATOR, card="3590000012/4211", profession=""),
    DemoAccount("ioa@demo.invalid", "Inès", "Ioannou", Role.IOA, card="899900000013", profession="60"),
    DemoAccount("effecteur@demo.invalid", "Élise", "Fictive", Role.EFFECTOR, effector=True),
    DemoAccount("structure@demo.invalid", "Gaspard", "Structuro", Role.STRUCTURE_MANAGER),
    DemoAccount("delegataire@demo.invalid", "Dalia", "Delegay", Role.DELEGATE),
    DemoAccount("comptes@demo.invalid", "Côme", "Comptoir", Role.ACCOUNT_MANAGER),
    DemoAccount("referent@demo.invalid", "Rémi", "Referand", Role.TERRITORIAL_REFERENT),
    DemoAccount("admin@demo.invalid", "Noor", "Nationale", Role.NATIONAL_ADMIN, national=True),
)

STRANGER = ("899900000099", "INCONNU", "Ulysse")
"""A card that neither an account nor the directory knows."""

OTHERS = (
    ("bloquee@histoires.invalid", "Verrou", "Billie", "locked"),
    ("dormante@histoires.invalid", "Sommeil", "Dorine", "dormant"),
    ("echeance@histoires.invalid", "Terme", "Eloi", "expiring"),
    ("parti@histoires.invalid", "Ailleurs", "Pablo", "closed"),
)
"""Regulators whose account is in trouble: e-mail, family name, first name, story."""

REQUESTS = (
    ("demande.une@demo.invalid", "Requête", "Rose", Role.REGULATOR, "OSNP au SAMU depuis lundi."),
    ("demande.deux@demo.invalid", "Demandeur", "Denis", Role.IOA, ""),
    ("demande.trois@demo.invalid", "Sollicite", "Soline", Role.STRUCTURE_MANAGER, "Maison de santé fictive."),
)
"""Accounts asked for: e-mail, family name, first name, role, message."""

SIGNED_IN = ("regulateur@demo.invalid", "osnp@demo.invalid", "agent@demo.invalid", "ioa@demo.invalid")
"""Those who came once: editors know them."""

LRM_ORIGIN, LRM_AT_HUB, LRM_SOFTWARE = "DEMO-SAMU059", "fr.health.demo.samu590", "LRM de démonstration (fictif)"
"""The regulation software: what it sends in its calls (INT_L01), its name at the Hub Santé, which is off here."""

NEIGHBOURS = {"62": "planned", "80": "suspended"}
"""Territories beside, by department, with their state: nobody practises there."""
