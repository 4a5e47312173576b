"""An editor breaks while somebody searches: the page stays right for everybody else, and honest about that one."""

import pytest
from django.test import Client

from tests.search.conftest import Search, Town
from tests.search.reading import ASKED, STREAM, Screen, cards, events, soon

FAULTS = ["down", "error", "html", "malformed"]


@pytest.mark.parametrize("fault", FAULTS)
def test_an_editor_that_breaks_between_two_searches_costs_its_own_cards_only(
    town: Town, search: Search, fault: str
) -> None:
    sound, frail = town.editor("Solide"), town.editor("Fragile")
    kept, lost = town.doctor(sound), town.doctor(frail)
    town.open()
    before = {card["national_id"]: card for card in search()["cards"]}
    assert {card["availability"] for card in before.values()} == {"known"}
    town.sandboxes[frail].set_behaviour(fault)
    town.forget()
    after = {card["national_id"]: card for card in search()["cards"]}
    assert after[kept.national_id]["slots"] == [
        slot | {"checked_at": now["checked_at"]}
        for slot, now in zip(before[kept.national_id]["slots"], after[kept.national_id]["slots"], strict=True)
    ]
    assert (after[lost.national_id]["availability"], after[lost.national_id]["slots"]) == ("unknown", [])


def test_an_editor_that_turns_dirty_keeps_its_good_slots_and_is_counted(town: Town, search: Search) -> None:
    alpha = town.editor("Alpha")
    doctor = town.doctor(alpha)
    town.open()
    clean = {slot["start"] for slot in search()["cards"][0]["slots"]}
    town.sandboxes[alpha].set_behaviour("dirty")
    town.forget()
    answer = search()
    (card,) = answer["cards"]
    assert (card["national_id"], card["availability"]) == (doctor.national_id, "known")
    assert len(clean & {slot["start"] for slot in card["slots"]}) >= len(clean) / 2
    assert answer["editors"][0]["findings"] > 0


def test_an_editor_killed_in_the_middle_of_a_search_is_said_and_the_others_stay(town: Town, regulator: Client) -> None:
    fast, dying = town.editor("Vite"), town.editor("Mourant", "slow")
    free, lost = town.doctor(fast), town.doctor(dying)
    town.open()
    town.sandboxes[dying].set_behaviour("slow", 60_000)
    response = regulator.get(STREAM, ASKED)
    stream = events(response)
    first = next(event for event in stream if event.name == "carte")
    assert cards(first.data) == [str(free.pk)]
    assert soon(lambda: town.sandboxes[dying].state()["in_flight"] == 1)
    town.close(dying)
    screen = Screen(first.data)
    told = list(stream)
    screen.follow(iter(told))
    assert list(screen.cards) == [str(free.pk), str(lost.pk)]
    assert "Disponibilités inconnues (Mourant ne répond pas)" in screen.cards[str(lost.pk)]
    banner = [event.data for event in told if event.name == "etat"][-1]
    assert "Mourant ne répond pas : 1 professionnel en disponibilité inconnue" in banner
