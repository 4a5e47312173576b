"""Whom to call « en sus », in which order, and what colleagues were told: rules first, then the page."""

import re
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sas.participation.models import Solicitation
from sas.participation.solicitations.queries import LastCall
from sas.participation.solicitations.services import note_call
from sas.participation.solicitations.shown import shown_by
from sas.search.overbooking import BAND_M, Call, in_order, is_left_alone, said_text
from tests.factories import directory as factories
from tests.search.conftest import MONDAY, Town
from tests.search.making import NOW
from tests.search.reading import ASKED, PAGE
from tests.search.supplying import member

Outcome = Solicitation.Outcome


def call(index: int = 1, **given: Any) -> Call:
    values: dict[str, Any] = {
        "key": str(index),
        "name": f"Dr NOM{index}",
        "way": "",
        "distance": "",
        "phone": None,
        "phone_link": None,
        "people": (),
        "known": True,
        "whom": ("practitioner", index),
        "metres": 100 * index,
        "index": index,
        "timezone": "Europe/Paris",
    }
    return Call(**(values | given))


def made(outcome: Outcome = Outcome.ACCEPTED, ago: timedelta = timedelta(days=1), **given: Any) -> LastCall:
    values: dict[str, Any] = {
        "outcome": outcome,
        "made_at": NOW - ago,
        "call_back_at": None,
        "said_by": "Amandine Essai",
        "territory": "SAS 59",
    }
    return LastCall(**(values | given))


agos = st.integers(0, 40 * 24 * 60)
towns = st.lists(
    st.tuples(st.integers(0, 20_000), st.booleans(), st.none() | st.tuples(st.sampled_from(list(Outcome)), agos, agos)),
    min_size=1,
    max_size=8,
)


def told(outcome: Outcome, ago: int, later: int) -> LastCall:
    """Minutes ago, and for who is to be called back, minutes after that."""
    back = NOW + timedelta(minutes=later - ago) if outcome == Outcome.CALL_BACK else None
    return made(outcome, timedelta(minutes=ago), call_back_at=back)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(towns, st.integers(0, 1000))
def test_the_order_is_that_of_the_rule_whatever_the_order_they_come_in(town: list[Any], seed: int) -> None:
    calls = [call(n, metres=metres, known=known) for n, (metres, known, _) in enumerate(town)]
    last = {one.whom: told(*said) for one, (_, _, said) in zip(calls, town, strict=True) if said is not None}
    mixed = list(calls)
    Random(seed).shuffle(mixed)
    ordered = in_order(mixed, last, NOW)
    assert sorted(ordered, key=lambda one: one.index) == calls, "nobody is lost, nobody comes twice"
    assert ordered == in_order(calls, last, NOW)
    for before, after in pairwise(ordered):
        alone = [is_left_alone(one, last.get(one.whom), NOW) for one in (before, after)]
        assert alone in ([False, False], [False, True], [True, True])
        if alone[0] != alone[1] or before.known != after.known:
            continue
        assert before.metres // BAND_M <= after.metres // BAND_M
        if before.metres // BAND_M == after.metres // BAND_M:
            since = [last[one.whom].made_at.timestamp() if one.whom in last else 0 for one in (before, after)]
            assert since[0] <= since[1], "in a band, who was called longest ago comes first"
            assert since[0] < since[1] or before.metres <= after.metres


@pytest.mark.parametrize(
    ("last", "alone"),
    [
        (None, False),
        (made(Outcome.NO_ANSWER, timedelta(minutes=29)), True),
        (made(Outcome.NO_ANSWER, timedelta(minutes=30)), False),
        (made(Outcome.REFUSED_TODAY, timedelta(hours=8, minutes=59)), True),
        (made(Outcome.REFUSED_TODAY, timedelta(hours=9, minutes=1)), False),  # yesterday, by the clock of the place
        (made(Outcome.CALL_BACK, timedelta(hours=1), call_back_at=NOW + timedelta(minutes=1)), True),
        (made(Outcome.CALL_BACK, timedelta(hours=1), call_back_at=NOW), False),
        (made(Outcome.ACCEPTED, timedelta(minutes=1)), False),
    ],
)
def test_who_said_no_today_did_not_answer_or_waits_for_a_later_call_is_left_alone(
    last: LastCall | None, alone: bool
) -> None:
    assert is_left_alone(call(), last, NOW) is alone


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (made(Outcome.NO_ANSWER, timedelta(minutes=10)), "pas de réponse à 8 h 50 (Amandine Essai, SAS 59)"),
        (made(Outcome.REFUSED_TODAY, timedelta(hours=1), said_by=""), "ne peut pas : dit à 8 h 00 (SAS 59)"),
        (made(Outcome.ACCEPTED, said_by="", territory=""), "a accepté un patient hier à 9 h 00"),
        (
            made(Outcome.CALL_BACK, timedelta(0), call_back_at=NOW + timedelta(hours=6)),
            "à rappeler à 15 h 00, dit à 9 h 00 (Amandine Essai, SAS 59)",
        ),
        (made(Outcome.NO_ANSWER, timedelta(days=3)), "pas de réponse vendredi 20 à 9 h 00 (Amandine Essai, SAS 59)"),
    ],
)  # fmt: skip
def test_what_colleagues_were_told_is_said_by_the_clock_of_the_place(last: LastCall, words: str) -> None:
    assert said_text(call(), last, NOW).replace("\N{NO-BREAK SPACE}", " ") == words


def listed(client: Client, **more: str) -> list[Any]:
    page = BeautifulSoup(client.get(PAGE, ASKED | {"vue": "en-sus"} | more).content, "html.parser")
    return list(page.select("ol.sas-calls > li"))


def test_a_call_without_answer_is_shared_and_sends_its_doctor_to_the_end(
    town: Town, regulator: Client, django_user_model: Any
) -> None:
    near = town.doctor(participates=True)
    far = town.doctor(participates=True, latitude=50.66)
    town.open()
    assert [item["id"] for item in listed(regulator)] == [f"appel-{near.pk}", f"appel-{far.pk}"]
    colleague = django_user_model.objects.get()
    note_call(
        practitioner_id=near.practitioner_id, outcome=Outcome.NO_ANSWER, user=colleague, by="test",
        at=MONDAY - timedelta(minutes=2),
    )  # fmt: skip
    first, second = listed(regulator)
    assert [first["id"], second["id"]] == [f"appel-{far.pk}", f"appel-{near.pk}"]
    said = re.sub(r"\s+", " ", second.get_text(" "))
    assert "Pas de réponse à 8 h 58" in said
    assert "Pas de réponse" not in first.get_text(" ")


def test_a_call_to_a_structure_is_that_of_all_its_members(
    town: Town, regulator: Client, django_user_model: Any
) -> None:
    cpts = factories.structure(name="CPTS Lille Sud", regulation_phone="+33320999999")
    doctors = [town.doctor() for _ in range(2)]
    town.open()
    member(cpts, *doctors)
    note_call(
        structure_id=cpts.pk, outcome=Outcome.REFUSED_TODAY, user=django_user_model.objects.get(), by="test",
        at=MONDAY - timedelta(minutes=2),
    )  # fmt: skip
    (item,) = listed(regulator)
    assert item["id"] == f"appel-s{cpts.pk}"
    assert "Ne peut pas" in item.get_text(" ")
    link = str(item.select_one("a[data-side]")["href"])
    assert f"/s{cpts.pk}/" in link


def test_the_panel_en_sus_is_told_whether_a_slot_was_seen_and_by_nobody_else(town: Town, regulator: Client) -> None:
    free = town.doctor(town.editor("Alpha"), participates=True)
    none = town.doctor(participates=True)
    silent = town.doctor(town.editor("Brume", "down"), participates=True)
    apart = town.doctor(town.editor("Ciel"))
    town.open()
    page = BeautifulSoup(regulator.get(PAGE, ASKED | {"complet": "1"}).content, "html.parser")

    def seen(pk: int) -> Any:
        link = page.select_one(f"#carte-{pk} a.sas-card__ensus")
        if link is None:
            return "no link"
        query = parse_qs(urlsplit(str(link["href"])).query)
        assert query["text"] == [ASKED["text"]], "the panel leads back to the search"
        return shown_by(query["montre"][0], str(pk))

    assert (seen(free.pk), seen(none.pk), seen(silent.pk), seen(apart.pk)) == (True, False, None, "no link")
