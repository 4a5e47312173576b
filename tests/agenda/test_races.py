"""Two people at once on one agenda, on real connections; each promise with its control, the protection off."""

import contextlib
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connections

from sas.agenda import services, uses
from sas.agenda.models import Series, Use
from sas.agenda.services import change_series, open_series
from sas.agenda.sheets import AgendaRefused, Scope, StaleError, sheet_of
from sas.agenda.uses import take_place
from tests.factories.agenda import AT, BY, TUESDAY, paris, plage, sheet, spot

pytestmark = pytest.mark.django_db(transaction=True)
EIGHT = paris("2026-11-24 08:00")


def at_once(acts: Sequence[Callable[[], Any]], threads: int) -> list[Any]:
    """What each answers, or the exception it ends with."""

    def run(act: Callable[[], Any]) -> Any:
        try:
            return act()
        except (AgendaRefused, StaleError, IntegrityError) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, acts))


def two_hundred_clicks(series: Series) -> list[Any]:
    def click() -> Use:
        return take_place(series_id=series.pk, starts_at=EIGHT, by=BY, at=AT)

    return at_once([click] * 200, threads=16)


def test_two_hundred_regulators_on_six_places_take_six() -> None:
    answers = two_hundred_clicks(plage())
    assert sum(isinstance(answer, Use) for answer in answers) == 6
    assert sum(isinstance(answer, AgendaRefused) for answer in answers) == 194
    assert Use.objects.get().taken == 6


def test_without_the_condition_only_the_constraint_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    open_to_all = re.sub(
        r"WHERE agenda_use\.taken.*< agenda_use\.capacity", "", uses.TAKE_BESIDE_HOLDS, flags=re.DOTALL
    )
    monkeypatch.setattr(uses, "TAKE_BESIDE_HOLDS", open_to_all)
    answers = two_hundred_clicks(plage())
    assert sum(isinstance(answer, IntegrityError) for answer in answers) == 194
    assert Use.objects.get().taken == 6


def wait_for_each_other(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """Whoever has called that function waits for the other, or for a short while alone."""
    gate, wrapped = threading.Barrier(2), getattr(module, name)

    def met(*args: Any, **given: Any) -> Any:
        answer = wrapped(*args, **given)
        with contextlib.suppress(threading.BrokenBarrierError):
            gate.wait(0.5)
        return answer

    monkeypatch.setattr(module, name, met)


def two_editors(series: Series, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Both read version 1, then write."""
    wait_for_each_other(monkeypatch, services, "cut")

    def edit(capacity: int) -> Any:
        sheet = replace(sheet_of(series), capacity=capacity)
        given: dict[str, Any] = {"scope": Scope.ALL, "on": TUESDAY, "version": 1, "by": f"compte {capacity}", "at": AT}
        return change_series(series=series, sheet=sheet, **given)

    return at_once([partial(edit, capacity) for capacity in (2, 3)], threads=2)


def test_of_two_editors_of_one_series_the_second_is_told_about_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    series = plage()
    answers = two_editors(series, monkeypatch)
    (stale,) = [answer for answer in answers if isinstance(answer, StaleError)]
    assert stale.by == Series.objects.get().changed_by
    assert Series.objects.get().version == 2


def test_without_the_lock_the_second_overwrites_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "held", lambda series, version: Series.objects.get(pk=series.pk))
    answers = two_editors(plage(), monkeypatch)
    assert [type(answer) for answer in answers] == [services.Changed, services.Changed]


def both_open(monkeypatch: pytest.MonkeyPatch) -> int:
    """Two identical créneaux said in two ways, at once: how many stand."""
    where = spot()
    wait_for_each_other(monkeypatch, services, "standing_beside")
    sheets = [sheet(), sheet(repeat_weeks=1)]
    at_once([partial(open_series, spot=where, sheet=one, by=BY, at=AT) for one in sheets], threads=2)
    return Series.objects.count()


def test_the_same_creneau_opened_twice_at_once_is_opened_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert both_open(monkeypatch) == 1


def test_without_the_lock_it_would_be_opened_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "lock_spot", lambda spot: None)
    assert both_open(monkeypatch) == 2
