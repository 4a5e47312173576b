"""The table of delays: the cards of the list as rows, one column a band of hours."""

from dataclasses import replace
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup, Tag
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sas.search.conversation import Conversation
from sas.search.criteria import BANDS, Criteria
from sas.search.presenting import Wording, card_view
from sas.search.tables import RowView, row_view
from tests.factories import directory as factories
from tests.search.conftest import Town
from tests.search.making import NOW, answer, lot, offered, seat
from tests.search.reading import ASKED, PAGE, STREAM, cards, events
from tests.search.supplying import agenda, member

TABLE = ASKED | {"vue": "tableau"}
WORDS = Wording(now=NOW, days=3, editors={"alpha": "Alpha"}, books=frozenset({"alpha"}), slot_query="/x?a=1")


def row_of(*slots: object, heard: bool = True) -> RowView:
    """The row of one candidate whose editor says these slots."""
    conversation = Conversation(lot(seat(1)), Criteria(text="", loc="Lille", show_rest=True))
    if heard:
        conversation.hear(answer(*slots))  # type: ignore[arg-type]
    conversation.end()
    (card,) = conversation.cards()
    return row_view(card, card_view(card, WORDS), now=NOW)


def rows(html: str) -> list[Tag]:
    """Rows of the body, in order."""
    return BeautifulSoup(html, "html.parser").select("tbody > tr")


def test_a_cell_says_the_first_time_and_how_many_of_each_way() -> None:
    row = row_of(offered(hours=3), offered(hours=2, modalities=("AMB", "VR")), offered(hours=9, modalities=("HH",)))
    cells = dict(zip(BANDS, row.cells, strict=True))
    first = cells[0, 4].first
    assert first is not None
    assert first.time == "11\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}00"
    assert cells[0, 4].counts == ((2, "C", "au cabinet"), (1, "T", "en téléconsultation"))
    assert cells[8, 12].counts == ((1, "V", "en visite"),)
    assert [band for band, cell in cells.items() if cell.first is None] == [(4, 8), (12, 24), (24, 48), (48, 72)]


@pytest.mark.parametrize(("hours", "band"), [(0, 0), (3.75, 0), (4, 1), (12, 3), (24, 4), (48, 5)])
def test_a_slot_is_in_the_band_that_its_start_opens(hours: float, band: int) -> None:
    row = row_of(offered(hours=hours))
    assert [number for number, cell in enumerate(row.cells) if cell.first] == [band]


def test_who_was_not_heard_is_unknown_in_every_cell_and_who_has_nothing_is_not() -> None:
    assert not any(cell.known for cell in row_of(heard=False).cells)
    assert all(cell.known and cell.first is None for cell in row_of().cells)


def test_the_version_of_a_row_changes_with_its_band() -> None:
    conversation = Conversation(lot(seat(1)), Criteria(text="", loc="Lille"))
    conversation.hear(answer(offered(hours=4.05)))
    (card,) = conversation.cards()
    view = card_view(card, WORDS)
    early, late = (row_view(card, view, now=NOW + timedelta(minutes=minutes)) for minutes in (0, 5))
    assert early.version != late.version
    assert early.version == row_view(card, view, now=NOW).version
    assert replace(early, version="") != replace(late, version="")


@pytest.fixture
def doctors(town: Town) -> Town:
    alpha, deluge = town.editor("Agenda Alpha"), town.editor("Agenda Déluge", "down")
    town.doctor(alpha, participates=True)
    town.doctor(alpha)
    town.doctor(deluge)
    town.open()
    return town


def test_rows_are_the_cards_of_the_list_in_the_same_order(doctors: Town, regulator: Client) -> None:
    listed = regulator.get(PAGE, ASKED | {"complet": "1"}).content.decode()
    table = regulator.get(PAGE, TABLE | {"complet": "1"}).content.decode()
    assert [str(row["id"]).removeprefix("carte-") for row in rows(table)] == cards(listed)
    assert len(rows(table)) == 3
    assert cards(table) == []


def test_it_is_a_table_with_a_caption_scopes_and_headers_that_sort(doctors: Town, regulator: Client) -> None:
    html = regulator.get(PAGE, TABLE | {"complet": "1", "tri": "plus-tot", "modalite": "AMB"}).content.decode()
    table = BeautifulSoup(html, "html.parser").select_one("table")
    assert table is not None
    assert table.caption is not None
    assert all(header.get("scope") for header in table.select("th"))
    orders = [header["aria-sort"] for header in table.select("th[aria-sort]")]
    assert orders == ["none", "none", "ascending"]
    links = [str(link["href"]) for link in table.select("thead a")]
    assert all("vue=tableau" in link and "modalite=AMB" in link for link in links)
    assert len(table.select("thead tr")[1].select("th")) == len(BANDS)


def test_a_row_that_is_unknown_says_so_and_keeps_its_phone(doctors: Town, regulator: Client) -> None:
    html = regulator.get(PAGE, TABLE | {"complet": "1"}).content.decode()
    (unknown,) = [row for row in rows(html) if "Déluge" in row.get_text()]
    assert unknown.get_text().count("? inconnu") == len(BANDS)
    assert unknown.select_one("a.sas-card__phone") is not None


def test_the_stream_of_a_table_brings_rows(doctors: Town, regulator: Client) -> None:
    brought = [event for event in events(regulator.get(STREAM, TABLE)) if event.name == "carte"]
    assert len(brought) == 3
    assert all(event.data.startswith("<tr") for event in brought)


def test_the_views_of_a_search_lead_to_each_other_with_the_same_draw(doctors: Town, regulator: Client) -> None:
    html = regulator.get(PAGE, TABLE | {"complet": "1"}).content.decode()
    links = BeautifulSoup(html, "html.parser").select("[data-view]")
    assert [link.get("aria-current") for link in links] == [None, "true", None]
    assert all("graine=" in str(link["href"]) for link in links)
    assert regulator.get(PAGE, ASKED | {"vue": "autre", "complet": "1"}).status_code == 200


@pytest.mark.parametrize("view", ["liste", "tableau", "carte"])
def test_a_view_asks_the_database_as_much_for_ten_rows_as_for_one(town: Town, regulator: Client, view: str) -> None:
    alpha = town.editor("Agenda Alpha")
    town.doctor(alpha)
    town.open()

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert regulator.get(PAGE, ASKED | {"vue": view, "complet": "1"}).status_code == 200
        return len(seen)

    queries()
    one = queries()
    for _ in range(9):
        town.doctor()
    assert queries() == one


def test_a_cpts_is_a_row_with_its_members_and_says_whose_number_it_gives(town: Town, regulator: Client) -> None:
    cpts = factories.structure(name="CPTS Lille Sud", zone=["59350"], regulation_phone="+33320999999")
    doctor = town.doctor()
    town.open()
    member(cpts, doctor)
    agenda(doctor, 14)
    (row,) = rows(regulator.get(PAGE, TABLE | {"complet": "1"}).content.decode())
    assert row["id"] == f"carte-s{cpts.pk}"
    text = row.get_text(" ", strip=True)
    assert "CPTS Lille Sud" in text
    assert "03 20 99 99 99" in text
    assert "numéro réservé à la régulation" in text
    people = row.select_one("details")
    assert people is not None
    assert doctor.practitioner.family_name in people.get_text()
    assert sum(cell.select_one(".sas-slot") is not None for cell in row.select(".sas-cell")) == 1
