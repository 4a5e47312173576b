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


BOTH_SHARE = 0.04
"""Doctors who use the first editor and another one."""

PARTICIPATING_SHARE = 0.35
OF_WHICH_BY_CPTS = 0.40
"""Where a CPTS covers their commune."""


@dataclass(frozen=True)
class DemoAccount:
    """A persona. `effector`: their national id is that of a participating doctor."""

    email: str
    given_name: str
    family_name: str
    role: Role
    effector: bool = False
    national: bool = False


ACCOUNTS = (
    DemoAccount("regulateur@demo.invalid", "Camille", "Regnault", Role.REGULATOR),
    DemoAccount("osnp@demo.invalid", "Sacha", "Opsomer", Role.REGULATOR),
    DemoAccount("ioa@demo.invalid", "Inès", "Ioannou", Role.IOA),
    DemoAccount("effecteur@demo.invalid", "Élise", "Fictive", Role.EFFECTOR, effector=True),
    DemoAccount("structure@demo.invalid", "Gaspard", "Structuro", Role.STRUCTURE_MANAGER),
    DemoAccount("delegataire@demo.invalid", "Dalia", "Delegay", Role.DELEGATE),
    DemoAccount("comptes@demo.invalid", "Côme", "Comptoir", Role.ACCOUNT_MANAGER),
    DemoAccount("referent@demo.invalid", "Rémi", "Referand", Role.TERRITORIAL_REFERENT),
    DemoAccount("admin@demo.invalid", "Noor", "Nationale", Role.NATIONAL_ADMIN, national=True),
)
