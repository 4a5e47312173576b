"""What a regulator has to follow: nobody confirmed it, its slot changed, or the LRM could not be told."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from sas.lrm.models import Message
from sas.orientation.models import Orientation, OrientationEvent
from sas.orientation.rules import LIVE, RESULTS, Act, Happening

ANSWERS = (*RESULTS, Act.UNDO, Happening.NAME_DOCTOR, Happening.MOVE, Happening.EDITOR_MESSAGE)
"""What shows that somebody saw that the slot had changed."""

LOST = (Message.State.REFUSED, Message.State.ABANDONED)


def to_confirm(now: datetime) -> Q:
    """« À confirmer », as `rules.is_to_confirm`."""
    return Q(state=Orientation.State.PENDING, expected_at__lt=now)


def following(now: datetime) -> Q:
    """Whether somebody has to look at it again."""
    return to_confirm(now) | slot_changed(now) | not_told()


def slot_changed(now: datetime) -> Q:
    """The slot changed in the agenda, nothing was done since, and the patient is still expected."""
    later = OrientationEvent.objects.filter(orientation=OuterRef("orientation"), pk__gt=OuterRef("pk"), act__in=ANSWERS)
    changes = OrientationEvent.objects.filter(orientation=OuterRef("pk"), act=Happening.SLOT_CHANGED)
    changed = changes.filter(~Exists(later))
    return Q(state__in=LIVE, starts_at__gte=now) & Q(Exists(changed))


def not_told() -> Q:
    """The latest message to an LRM will not leave, or not be accepted, by itself."""
    later = Message.objects.filter(subject=OuterRef("subject"), pk__gt=OuterRef("pk"))
    lost = Message.objects.filter(~Exists(later), Q(needs_hand=True) | Q(state__in=LOST), subject=OuterRef("uuid"))
    return Q(Exists(lost))
