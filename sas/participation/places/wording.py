"""What somebody says of a place or of a structure to regulators: a number to call and a text, and who said it last."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sas.web.models import AuditLine

LONGEST_INFORMATION = 1000


@dataclass(frozen=True, slots=True)
class Description:
    """`phone`: international form, or empty; `information`: plain text, or empty."""

    phone: str = ""
    information: str = ""

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits: what a form was opened on, so that two people do not overwrite each other."""
        return hashlib.blake2s(f"{self.phone}\n{self.information}".encode(), digest_size=6).hexdigest()


class DescriptionRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """It cannot be kept. `errors`: field → what to do, in French."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class DescriptionChanged(Exception):  # noqa: N818 — an answer to the person, not a fault
    """Somebody else said otherwise since the form was opened. `current`: what is kept now; `by` (a label of
    the audit trail) and `at` when known."""

    def __init__(self, current: Description, by: str, at: datetime | None) -> None:
        super().__init__("changed meanwhile")
        self.current, self.by, self.at = current, by, at


def changed_meanwhile(current: Description, *, act: str, target: str) -> DescriptionChanged:
    """With who said it last and when, from the audit trail."""
    line = AuditLine.objects.filter(target=target, act=act).order_by("-at", "-pk").first()
    return DescriptionChanged(current, line.actor if line else "", line.at if line else None)


def checked_information(text: str) -> str:
    """The text without surrounding blanks. Raises `DescriptionRefused` beyond 1,000 characters."""
    kept = text.replace("\r\n", "\n").strip()
    if len(kept) > LONGEST_INFORMATION:
        over = len(kept) - LONGEST_INFORMATION
        raise DescriptionRefused(
            {"information": f"1 000 caractères au plus : il y en a {over} de trop. Rien n’a été coupé."}
        )
    return kept
