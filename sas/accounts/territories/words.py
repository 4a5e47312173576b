"""How the screens say where a SAS stands, and whom to write to there. Pure."""

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format

from sas.directory.models import Territory
from sas.directory.rules import phone_text
from sas.directory.territory_rules import OPEN, SUSPENDED, Standing

BADGES = {OPEN: "success", SUSPENDED: "warning"}
LABELS = {"planned": "SAS prévu", OPEN: "SAS ouvert", SUSPENDED: "SAS suspendu"}
_NEXT = {OPEN: "ouverture", SUSPENDED: "suspension", "planned": "préparation"}


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to write to or call; empty fields are not known."""

    title: str
    name: str
    email: str
    phone: str

    @property
    def spoken(self) -> str:
        """The phone as people say it."""
        return phone_text(self.phone)

    def __bool__(self) -> bool:
        return bool(self.email or self.phone or (self.name and self.title != "SAS"))


@dataclass(frozen=True, slots=True)
class StateInWords:
    """`badge` is a suffix of DSFR's badges; `sentence` says since when, and what is announced."""

    label: str
    badge: str
    sentence: str


def in_words(standing: Standing) -> StateInWords:
    """« SAS ouvert », « depuis le 1 avril 2022 ; suspension prévue le 3 mai 2027 »."""
    parts = []
    if standing.since and standing.state != "planned":
        parts.append(f"depuis le {_day(standing.since)}")
    if standing.next_on and standing.next_state:
        what = "réouverture" if standing.state == SUSPENDED else _NEXT[standing.next_state]
        parts.append(f"{what} prévue le {_day(standing.next_on)}")
    elif standing.state == "planned":
        parts.append("date d’ouverture non fixée")
    return StateInWords(LABELS[standing.state], BADGES.get(standing.state, "info"), " ; ".join(parts))


def _day(day: date) -> str:
    return ("1er " + date_format(day, "F Y")) if day.day == 1 else date_format(day, "j F Y")


def contacts(territory: Territory) -> tuple[Contact, Contact, Contact]:
    """The SAS, the ARS, the CPAM."""
    return (
        Contact("SAS", territory.label, territory.support_email, territory.support_phone),
        Contact("ARS", territory.ars_name, territory.ars_email, territory.ars_phone),
        Contact("CPAM", territory.cpam_name, territory.cpam_email, territory.cpam_phone),
    )


def who_creates_accounts(territory: Territory) -> Contact | None:
    """The SAS's generic address, else the ARS (platform.md §2.2); None when neither is known."""
    sas, ars, _ = contacts(territory)
    if sas.email or sas.phone:
        return sas
    return ars or None


def missing_contacts(territory: Territory) -> list[str]:
    """What a territory still has to say, in words."""
    known = {
        "adresse générique": territory.support_email,
        "téléphone": territory.support_phone,
        "contact ARS": territory.ars_email or territory.ars_phone,
        "contact CPAM": territory.cpam_email or territory.cpam_phone,
    }
    return [name for name, value in known.items() if not value]
