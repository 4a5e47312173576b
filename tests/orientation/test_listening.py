"""What befalls a slot that somebody was sent to is said, never silently done."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bench.orientation_invariants import broken
from sas.accounts.models import User
from sas.agenda.absences import declare_unavailability
from sas.agenda.gone import slot_gone
from sas.agenda.models import Series, Use
from sas.agenda.services import change_series, close_series
from sas.agenda.sheets import Scope, sheet_of
from sas.lrm.models import Message
from sas.orientation import services
from sas.orientation.models import Orientation, OrientationEvent
from sas.orientation.services import Act, Actor
from sas.orientation.wording import event_words
from sas.web.models import AuditLine
from tests.factories import orientation as make
from tests.factories.agenda import AT, BY, TUESDAY, plage

pytestmark = pytest.mark.django_db
SOON = AT + timedelta(minutes=10)


def close(series: Series) -> None:
    close_series(series=series, scope=Scope.ALL, on=TUESDAY, version=series.version, by="compte 9", at=SOON)


def shorten(series: Series) -> None:
    sheet = replace(sheet_of(series), modalities=("VR",))
    given: dict[str, Any] = {"scope": Scope.ALL, "on": TUESDAY, "version": series.version, "by": "compte 9"}
    change_series(series=series, sheet=sheet, at=SOON, **given)


def leave(series: Series) -> None:
    given: dict[str, Any] = {"practitioner": series.practitioner, "structure": None, "by": "compte 9", "at": SOON}
    declare_unavailability(starts_at=SOON, ends_at=SOON + timedelta(days=3), **given)


@pytest.mark.parametrize(
    ("change", "words"), [(close, "supprimé de l’agenda"), (shorten, "a changé dans"), (leave, "indisponibilité")]
)
def test_a_slot_that_changes_is_noted_on_each_live_orientation(sender: User, change: Any, words: str) -> None:
    series = plage()
    slot = make.slot_ids(series)[0]
    sent, gone = make.on_agenda(sender, series, slot=slot), make.on_agenda(sender, series, slot=slot)
    services.act_on(orientation=gone, act=Act.CANCEL, actor=Actor.REGULATOR, by=BY, at=AT)
    series.refresh_from_db()
    change(series)
    (event,) = OrientationEvent.objects.filter(act="slot_changed")
    assert (event.orientation, event.by, event.before, event.after) == (sent, "compte 9", "booked", "booked")
    assert words in event_words(event)
    assert AuditLine.objects.filter(act="note_slot_change").count() == 1
    assert Orientation.objects.get(pk=sent.pk).state == "booked"
    assert Message.objects.filter(subject=sent.uuid).exists()
    assert broken() == []


def test_a_place_of_a_slot_that_is_no_longer_offered_can_still_be_given_back_but_not_taken_again(sender: User) -> None:
    series = plage()
    sent = make.on_agenda(sender, series)
    series.refresh_from_db()
    close(series)
    services.act_on(orientation=sent, act=Act.CANCEL, actor=Actor.EFFECTOR, by=BY, at=SOON)
    assert Use.objects.get().taken == 0
    with pytest.raises(services.OrientationRefused, match="reste annulée"):
        services.act_on(orientation=sent, act=Act.UNDO, actor=Actor.EFFECTOR, by=BY, at=SOON)
    assert broken() == []


def test_a_slot_said_gone_and_once_sent_somebody_is_withdrawn_like_any_other(sender: User) -> None:
    one = plage()
    row = make.on_agenda(sender, one)
    services.act_on(orientation=row, act=Act.CANCEL, actor=Actor.REGULATOR, by=BY, at=AT)
    assert row.starts_at
    slot_gone(series_id=one.pk, starts_at=row.starts_at, holder=sender, at=AT)
    close(one)
    use = Use.objects.get()
    assert (use.taken, use.marked, use.gone, use.gone_by) == (0, 0, 0, None)
