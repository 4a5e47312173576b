"""Who changed a setting, in words that the reader may read: « vous », a name that they know already, or no name."""

import re
from collections.abc import Iterable

from django.db.models import Q

from sas.accounts.models import StructureAttachment, User
from sas.directory.models import PracticeLocation
from sas.participation.models import Participation
from sas.participation.subjects import Subject

SOMEBODY, THE_PLATFORM = "un autre compte", "la plateforme"
_LABEL = re.compile(r"compte (\d{1,18})( pour compte \d{1,18})?")


def authors(labels: Iterable[str], subject: Subject, reader: User) -> dict[str, str]:
    """Label of the audit trail → who that is for `reader`. Two queries at most.

    A name is said of the subject, of whoever they delegated to, and of whoever manages the structure, or one that the
    person practises in or takes part through; the others stay « un autre compte », as in one's own history.
    """
    found = {label: _LABEL.fullmatch(label) for label in set(labels) if label}
    pks = {int(match[1]) for match in found.values() if match} - {reader.pk}
    people = {user.pk: user for user in User.objects.filter(pk__in=pks)} if pks else {}
    colleagues: set[int] = set()
    if people:
        attached = StructureAttachment.objects.filter(_managing(subject), user__in=people)
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


def _managing(subject: Subject) -> Q:
    """Attachments to the subject's structure, or to those that a person belongs to: their managers may act for them."""
    if subject.structure is not None:
        return Q(structure__in=[pk for pk in (subject.structure.pk, subject.structure.parent_id) if pk])
    inside = PracticeLocation.objects.filter(practitioner=subject.practitioner, ended_on=None).exclude(structure=None)
    through = Participation.objects.filter(practitioner=subject.practitioner, ended_on=None).exclude(structure=None)
    return Q(structure__in=inside.values("structure")) | Q(structure__in=through.values("structure"))


def author(label: str, subject: Subject, reader: User) -> str:
    """The same for one label; empty for none."""
    return authors([label], subject, reader).get(label, "")
