"""The week on screen: what is offered, in words, in a few queries."""

from tests.agenda.calendar.conftest import Doctor, page


def offered(place: str, **said: object) -> dict[str, object]:
    """What the form sends for a plage of Tuesday 24 November, 8 h to 12 h, unless said otherwise."""
    return {
        "place": f"lieu:{place}",
        "day": "2026-11-24",
        "band": "autre",
        "starts_at": "08:00",
        "ends_at": "12:00",
        "kind": "band",
        "capacity": "6",
        "split_minutes": "15",
        "modalities": ["AMB"],
    } | said


def test_an_empty_week_says_so_and_how_to_begin(doctor: Doctor) -> None:
    shown = page(doctor.get())
    assert "Semaine du 23 au 29 novembre 2026" in shown
    assert "Rien n’est proposé cette semaine" in shown


def test_what_is_opened_is_in_the_week_at_once_with_its_places(doctor: Doctor) -> None:
    answer = doctor.post("nouveau/", **offered(doctor.place.place_key))
    assert answer.status_code == 302, page(answer)
    shown = page(doctor.client.get(answer["Location"]))
    assert "8 h – 12 h" in shown
    assert "6 places sur 6, plage" in shown
    assert "C’est en ligne" in shown
