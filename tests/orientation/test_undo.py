"""Whatever people do to the orientations of a plage, and go back on, the places taken are those of who still comes."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.orientation_invariants import broken
from sas.accounts.models import User
from sas.agenda.models import Series, Use
from sas.agenda.sheets import AgendaRefused
from sas.agenda.uses import mark_taken, unmark_taken
from sas.orientation import services
from sas.orientation.models import Orientation
from sas.orientation.services import Act, Actor, OrientationRefused, Reason
from tests.factories import orientation as make
from tests.factories.agenda import AT, BY, paris, plage

pytestmark = pytest.mark.django_db
EIGHT = paris("2026-11-24 08:00")
sides = st.sampled_from([Actor.REGULATOR, Actor.EFFECTOR])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.just(0), st.just(Actor.REGULATOR)),
        st.tuples(st.sampled_from(["mark", "unmark"]), st.just(0), st.just(Actor.EFFECTOR)),
        st.tuples(st.sampled_from([*Act]), st.integers(0, 3), sides),
    ),
    max_size=8,
)


def do(what: Any, which: int, side: Actor, series: Series, user: User, at: datetime) -> None:
    """One step; a refusal changes nothing."""
    rows = list(Orientation.objects.order_by("pk"))
    given_: dict[str, Any] = {"by": BY, "at": at}
    try:
        with transaction.atomic():
            if what == "send":
                make.on_agenda(user, series, at=at, slot=make.slot_ids(series)[0])
            elif what == "mark":
                mark_taken(series=series, starts_at=EIGHT, **given_)
            elif what == "unmark":
                unmark_taken(series=series, starts_at=EIGHT, **given_)
            elif rows:
                row, reason = rows[which % len(rows)], Reason.DECLINED if what == Act.CANCEL else None
                services.act_on(orientation=row, act=what, actor=side, reason=reason, **given_)
    except (AgendaRefused, OrientationRefused):
        pass


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=steps)
def test_the_places_taken_are_those_marked_and_those_of_who_still_comes(sender: User, plan: list[Any]) -> None:
    with transaction.atomic():
        series = plage(capacity=3)
        for number, (what, which, side) in enumerate(plan):
            do(what, which, side, series, sender, AT + timedelta(seconds=15 * number))
            for use in Use.objects.all():
                live = Orientation.objects.filter(use=use).exclude(state="cancelled").count()
                assert use.taken == use.marked + live <= use.capacity
        assert broken() == []
        transaction.set_rollback(True)
