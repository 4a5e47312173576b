"""The audit trail: found by who, what, when, from where; shown as text whatever it holds; exported without formulas."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from sas.accounts.models import User
from sas.accounts.operations import trail
from sas.accounts.operations.readable import LONGEST, changes, shown
from sas.accounts.operations.trail import TooWideError, TrailFilter, account_id, trail_page
from sas.accounts.permissions import Role
from sas.directory.models import Territory
from sas.web.audit_queries import PAGE
from sas.web.models import AuditLine
from tests.accounts.operations.conftest import AT, execute, make_account

HOSTILE = '"><img src=x onerror=alert(1)>'


def line(act: str = "edit_account", **given: Any) -> AuditLine:
    values: dict[str, Any] = {"at": AT, "actor": "compte 1", "target": "compte 2", "act": act} | given
    return AuditLine.objects.create(**values)


def found(client: Client, **asked: str) -> str:
    answer = client.get("/exploitation/audit/", asked)
    assert answer.status_code == 200
    return answer.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]


def lines_of(client: Client, **asked: str) -> list[str]:
    """The targets that the page shows."""
    return [part.partition("&quot;")[0].partition('"')[0] for part in found(client, **asked).split("?objet=")[1:]]


def test_every_filter_lets_through_what_it_says_and_nothing_else(desk: Client) -> None:
    line(target="a", actor="compte 7")
    line(target="b", act="sign_in")
    line(target="c", address="192.0.2.10")
    line(target="d", at=AT + timedelta(days=3))
    assert lines_of(desk) == ["d", "c", "b", "a"]
    assert lines_of(desk, qui="compte 7") == lines_of(desk, qui="7") == lines_of(desk, qui=" compte 7 ") == ["a"]
    assert lines_of(desk, acte="sign_in") == ["b"]
    assert lines_of(desk, adresse="192.0.2.10") == ["c"]
    assert lines_of(desk, objet="d") == lines_of(desk, du="2026-03-03") == ["d"]
    assert lines_of(desk, au="2026-03-02", qui="compte 1") == ["c", "b"]
    assert lines_of(desk, acte="sign_in", adresse="192.0.2.10") == []


def test_days_are_those_of_paris(desk: Client) -> None:
    line(target="veille", at=datetime(2026, 3, 1, 22, 59, tzinfo=UTC))
    line(target="minuit", at=datetime(2026, 3, 1, 23, 0, tzinfo=UTC))
    line(target="soir", at=datetime(2026, 3, 2, 22, 59, tzinfo=UTC))
    line(target="lendemain", at=datetime(2026, 3, 2, 23, 0, tzinfo=UTC))
    assert lines_of(desk, du="2026-03-02", au="02/03/2026") == ["soir", "minuit"]


def test_a_day_when_clocks_change_is_whole(desk: Client) -> None:
    line(target="premier", at=datetime(2026, 3, 28, 23, 0, tzinfo=UTC))
    line(target="dernier", at=datetime(2026, 3, 29, 21, 59, tzinfo=UTC))
    line(target="lendemain", at=datetime(2026, 3, 29, 22, 0, tzinfo=UTC))
    assert lines_of(desk, du="2026-03-29", au="2026-03-29") == ["dernier", "premier"]


def test_an_address_names_its_account_and_accounts_are_shown_by_name(desk: Client, nord: Territory) -> None:
    rita = make_account("Rita@example.org", (Role.REGULATOR, nord), family_name="Lenoir", given_name="Rita")
    line(target="a", actor=rita.audit_label)
    line(target="b")
    assert lines_of(desk, qui="rita@EXAMPLE.org") == ["a"]
    text = found(desk, qui="rita@example.org")
    assert "Rita Lenoir" in text
    assert rita.audit_label in text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"qui": "nobody@example.org"}, "Aucun compte n’a cette adresse"),
        ({"adresse": "pas une adresse"}, "Ce n’est pas une adresse IP"),
        ({"du": "hier"}, "Date incomprise"),
        ({"au": "9999-12-31"}, "Date incomprise"),
        ({"du": "2026-03-02", "au": "2026-03-01"}, "La fin est avant le début"),
        ({"objet": "x" * 201}, "200 caractères au plus"),
        ({"qui": "a\0b"}, "nul"),
    ],
)
def test_what_cannot_be_looked_for_is_refused_at_its_field_and_kept(
    desk: Client, asked: dict[str, str], said: str
) -> None:
    answer = desk.get("/exploitation/audit/", asked)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Erreur — Piste d’audit" in text
    assert said in text
    assert 'aria-invalid="true"' in text
    assert desk.post("/exploitation/audit/exporter/", asked).status_code == 422
    assert not AuditLine.objects.exists()


def test_pages_follow_each_other_with_the_filter_and_no_line_is_lost_or_repeated(desk: Client) -> None:
    AuditLine.objects.bulk_create(
        AuditLine(at=AT, actor="tâche d’envoi & co", act="send_mail", target=f"n{number}")
        for number in range(2 * PAGE + 5)
    )
    line(target="autre")
    asked = {"qui": "tâche d’envoi & co"}
    seen = []
    for _ in range(3):
        answer = desk.get("/exploitation/audit/", asked)
        page = answer.context["page"]
        seen += [one.row.target for one in page.lines]
        assert (f"{urlencode({'suite': page.next})}" in answer.content.decode()) == bool(page.next)
        asked |= {"suite": page.next}
    assert page.next == ""
    assert seen == [f"n{number}" for number in reversed(range(2 * PAGE + 5))]
    text = desk.get("/exploitation/audit/", {"qui": "tâche d’envoi & co"}).content.decode()
    assert "?qui=t%C3%A2che%20d%E2%80%99envoi%20%26%20co&amp;suite=" in text


@pytest.mark.parametrize("cursor", ["x", "1-", "-", "9" * 40 + "-1", "²-1"])
def test_a_cursor_that_is_none_leads_to_the_first_page(desk: Client, cursor: str) -> None:
    answer = desk.get("/exploitation/audit/", {"suite": cursor})
    assert (answer.status_code, answer["Location"]) == (302, "/exploitation/audit/")


def test_hostile_values_are_text(desk: Client) -> None:
    line(
        actor=HOSTILE, target=HOSTILE, act=HOSTILE[:30], role=HOSTILE, before={HOSTILE: HOSTILE}, after={"é": [HOSTILE]}
    )
    text = desk.get("/exploitation/audit/", {"qui": HOSTILE}).content.decode()
    assert "<img" not in text
    assert "&lt;img src=x" in text


def test_what_changed_reads_as_a_list_and_as_it_was_written(desk: Client) -> None:
    line(before={"family_name": "Noir", "x": 1}, after={"family_name": "Lenoir", "roles": ["ioa", "regulator"]})
    text = " ".join(found(desk).split())
    assert "<dt>Nom :</dt><dd><del>Noir</del> → <ins>Lenoir</ins></dd>" in text
    assert "<dt>Rôles :</dt><dd>Infirmier organisateur de l’accueil, Régulateur / OSNP</dd>" in text
    assert "<dt>x :</dt>" in text
    assert "&quot;family_name&quot;: &quot;Lenoir&quot;" in text


def test_a_line_of_an_act_that_has_no_words_any_more_is_still_found(desk: Client) -> None:
    line("act_of_2019", target="vieux")
    assert lines_of(desk, acte="act_of_2019") == ["vieux"]


def test_a_page_costs_the_same_whatever_it_shows(
    desk: Client, nord: Territory, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    desk.get("/exploitation/audit/")
    for number in range(PAGE + 1):
        made = make_account(f"n{number}@example.org", (Role.REGULATOR, nord))
        line(actor=made.audit_label, after={"email": "x"})
        if number in {0, PAGE}:
            with django_assert_num_queries(9):
                desk.get("/exploitation/audit/")


@pytest.mark.django_db(transaction=True)
def test_a_search_that_lasts_is_stopped_with_what_to_do(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: Any, **__: Any) -> None:
        execute("SELECT pg_sleep(20)")

    monkeypatch.setattr(trail, "PATIENCE", 20)
    monkeypatch.setattr(trail, "audit_page", slow)
    for answer in (desk.get("/exploitation/audit/"), desk.post("/exploitation/audit/exporter/")):
        assert answer.status_code == 422
        assert "précisez des dates" in answer.content.decode()
    assert not AuditLine.objects.exists()


def test_another_fault_of_the_database_is_not_said_to_be_a_wide_search(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        execute("SELECT 1 / 0")

    monkeypatch.setattr(trail, "audit_page", broken)
    with pytest.raises(Exception, match="division by zero") as fault:
        trail_page(TrailFilter())
    assert not isinstance(fault.value, TooWideError)


def exported(client: Client, **asked: str) -> list[list[str]]:
    answer = client.post("/exploitation/audit/exporter/", asked)
    assert answer.status_code == 200
    assert answer.streaming
    assert answer["Content-Type"].startswith("text/csv")
    assert answer["Content-Disposition"].startswith('attachment; filename="audit-')
    text = b"".join(answer).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def test_an_export_holds_the_lines_of_the_filter_without_formulas_and_leaves_its_own_line(
    desk: Client, admin: User
) -> None:
    line(target='=HYPERLINK("x")', after={"family_name": "+1"}, address="192.0.2.10")
    line(target="autre", actor="compte 9")
    rows = exported(desk, qui="compte 1", du="2026-03-01")
    assert rows[0][:2] == ["Date", "Qui"]
    (row,) = rows[1:]
    assert row[0] == "2026-03-02 10:00:00+01:00"
    assert row[4:8] == ["192.0.2.10", "edit_account", "Compte modifié", '\'=HYPERLINK("x")']
    kept = AuditLine.objects.get(act="export_audit")
    assert kept.actor == admin.audit_label
    assert kept.after == {"who": "compte 1", "since": "2026-03-01T00:00:00+01:00"}


def test_an_export_does_not_hold_its_own_line_nor_more_than_its_limit(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        line(target=f"n{number}", actor="compte 987654")  # never the one who exports
    assert [row[7] for row in exported(desk)[1:]] == ["n4", "n3", "n2", "n1", "n0"]
    monkeypatch.setattr(trail, "MOST_EXPORTED", 3)
    rows = exported(desk, qui="compte 987654")
    assert [row[7] for row in rows[1:4]] == ["n4", "n3", "n2"]
    assert rows[4:] == [[trail.CUT]]
    monkeypatch.setattr(trail, "MOST_EXPORTED", 5)
    assert len(exported(desk, qui="compte 987654")) == 6


@pytest.mark.parametrize(
    ("label", "number"),
    [("compte 12", 12), ("compte ", 0), ("compte x", 0), ("compte ²", 0), ("compte " + "9" * 30, 0), ("client 12", 0)],
)
def test_only_labels_of_accounts_name_accounts(label: str, number: int) -> None:
    assert account_id(label) == number


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda kept: st.lists(kept, max_size=4) | st.dictionaries(st.text(), kept, max_size=4),
    max_leaves=10,
)


@given(before=JSON, after=JSON)
def test_whatever_a_line_keeps_can_be_shown_field_by_field(before: Any, after: Any) -> None:
    rows = changes(before, after)
    wanted = {*(before if isinstance(before, dict) else ()), *(after if isinstance(after, dict) else ())}
    assert len(rows) >= len(wanted)
    assert all(len(row.before) <= LONGEST + 1 and len(row.after) <= LONGEST + 1 for row in rows)


def test_values_are_said_in_words() -> None:
    values: list[Any] = [None, "", [], True, False, 0, 1.5, "x"]
    assert [shown(value) for value in values] == [
        "rien",
        "rien",
        "rien",
        "oui",
        "non",
        "0",
        "1.5",
        "x",
    ]
