"""Who changed a setting, in words that the reader may read: « vous », a name that they know already, or no name."""

import re
from collections.abc import Iterable

from sas.accounts.models import StructureAttachment, User
from sas.participation.subjects import Subject

SOMEBODY, THE_PLATFORM = "un autre compte", "la plateforme"
_LABEL = re.compile(r"compte (\d{1,18})( pour compte \d{1,18})?")


def authors(labels: Iterable[str], subject: Subject, reader: User) -> dict[str, str]:
    """Label of the audit trail → who that is for `reader`. Two queries at most.

    A name is said of the subject, of whoever they delegated to, and of whoever manages their structure; the others stay
    « un autre compte », as in one's own history.
    """
    found = {label: _LABEL.fullmatch(label) for label in set(labels) if label}
    pks = {int(match[1]) for match in found.values() if match} - {reader.pk}
    people = {user.pk: user for user in User.objects.filter(pk__in=pks)} if pks else {}
    colleagues: set[int] = set()
    if people and subject.structure is not None:
        attached = StructureAttachment.objects.filter(structure=subject.structure, user__in=people)
        colleagues = set(attached.values_list("user_id", flat=True))
    words = {}
    for label, match in found.items():
        if match is None:
            words[label] = THE_PLATFORM
        elif int(match[1]) == reader.pk:
            words[label] = "vous"
        else:
            who = people.get(int(match[1]))
            known = who is not None and (match[2] or who.national_id == subject.key or who.pk in colleagues)
            words[label] = str(who) if known else SOMEBODY
    return words


def author(label: str, subject: Subject, reader: User) -> str:
    """The same for one label; empty for none."""
    return authors([label], subject, reader).get(label, "")
