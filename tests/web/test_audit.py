"""The audit trail: who, from where, with which role; added to and never changed, whoever asks."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from sas.web import audit
from sas.web.audit_purge import OTHERWISE, RETENTIONS, SHORTEST, PurgeRefused, purge_audit
from sas.web.audit_queries import AuditFilter, InvalidCursorError, acts, audit_lines, audit_page, history_of
from sas.web.models import AuditLine

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def recorded(
    act: str = "create_account", *, by: str = "compte 1", target: str = "compte 12", at: datetime = AT
) -> AuditLine:
    audit.record(act, by=by, at=at, target=target, after={"a": 1})
    return AuditLine.objects.latest("pk")


def test_a_line_says_the_address_and_the_role_of_the_request_that_wrote_it() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        recorded()
        return HttpResponse()

    request = RequestFactory().get("/", REMOTE_ADDR="2001:db8::1")
    request.user = SimpleNamespace(audit_role="regulator SAS-59, manager SAS-62")  # type: ignore[assignment]
    audit.ActingMiddleware(view)(request)
    line = AuditLine.objects.get()
    assert (line.address, line.role) == ("2001:db8::1", "regulator SAS-59, manager SAS-62")
    after = recorded()
    assert (after.address, after.role) == (None, "")


def test_the_role_is_read_when_a_line_is_written_and_only_then() -> None:
    read: list[str] = []

    def role() -> str:
        read.append("read")
        return "x" * 1000

    with audit.acting(address="198.51.100.7", role=role):
        assert read == []
        assert recorded().role == "x" * audit.LONGEST_ROLE
    assert read == ["read"]


def test_many_lines_are_those_that_would_be_written_one_by_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    read: list[str] = []
    with audit.acting(address="198.51.100.7", role=lambda: read.append("read") or "manager"):  # type: ignore[func-returns-value]
        with django_assert_num_queries(1):
            audit.record_many(
                [audit.Written("create_account", f"compte {n}", after={"n": n}) for n in range(50)], by="x", at=AT
            )
        audit.record("create_account", by="x", at=AT, target="compte 49", after={"n": 49})
        audit.record_many([], by="x", at=AT)
    lines = list(AuditLine.objects.order_by("pk").values("at", "actor", "role", "address", "act", "target", "after"))
    assert [line["target"] for line in lines[:50]] == [f"compte {n}" for n in range(50)]
    assert (lines[49], len(lines)) == (lines[50], 51)


@pytest.mark.parametrize("address", [None, "", "unix:", "198.51.100", "198.51.100.7; DROP", "inconnu"])
def test_what_is_not_an_address_is_left_out(address: str | None) -> None:
    with audit.acting(address=address):
        assert recorded().address is None


def test_an_error_in_a_view_ends_its_say() -> None:
    with pytest.raises(LookupError), audit.acting(address="198.51.100.7", role="r"):
        raise LookupError
    assert recorded().address is None


WAYS_TO_CHANGE = {
    "update": lambda: AuditLine.objects.update(actor="somebody else"),
    "update of nothing": lambda: AuditLine.objects.filter(pk=-1).update(actor="x"),
    "save": lambda: AuditLine.objects.get().save(),
    "bulk_update": lambda: AuditLine.objects.bulk_update([AuditLine.objects.get()], ["actor"]),
    "delete": lambda: AuditLine.objects.all().delete(),
    "delete one": lambda: AuditLine.objects.get().delete(),
    "raw UPDATE": lambda: execute("UPDATE web_auditline SET after = NULL"),
    "raw DELETE": lambda: execute("DELETE FROM web_auditline"),
    "raw TRUNCATE": lambda: execute("TRUNCATE web_auditline"),
    "upsert": lambda: execute(
        "INSERT INTO web_auditline (id, at, actor, act, target) SELECT id, at, actor, act, target FROM web_auditline"
        " ON CONFLICT (id) DO UPDATE SET actor = 'x'"
    ),
    "merge": lambda: execute(
        "MERGE INTO web_auditline l USING (SELECT 1) one ON true WHEN MATCHED THEN UPDATE SET actor = 'x'"
    ),
    "DELETE with another word": lambda: execute("SET LOCAL sas.audit_purge = 'yes'; DELETE FROM web_auditline"),
    "UPDATE under the purge": lambda: execute(
        "SET LOCAL sas.audit_purge = 'retention'; UPDATE web_auditline SET after = NULL"
    ),
    "TRUNCATE under the purge": lambda: execute("SET LOCAL sas.audit_purge = 'retention'; TRUNCATE web_auditline"),
}


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def as_in_production() -> None:
    """Without what lets the test runner empty tables."""
    execute("SET LOCAL sas.audit_flush = ''")


@pytest.mark.usefixtures("as_in_production")
@pytest.mark.parametrize("way", WAYS_TO_CHANGE)
def test_the_database_refuses_to_change_a_line(way: str) -> None:
    line = recorded()
    with pytest.raises(DatabaseError, match=r"audit trail: (UPDATE|DELETE|TRUNCATE) refused"), transaction.atomic():
        WAYS_TO_CHANGE[way]()
    assert AuditLine.objects.get() == line
    assert AuditLine.objects.get().actor == "compte 1"


def test_the_word_of_the_test_runner_lets_nothing_but_emptying_pass() -> None:
    recorded()
    for way in ("update", "delete"):
        with pytest.raises(DatabaseError, match="audit trail"), transaction.atomic():
            WAYS_TO_CHANGE[way]()


def test_code_that_knows_neither_role_nor_address_can_still_add_a_line() -> None:
    execute("INSERT INTO web_auditline (at, actor, act, target) VALUES (now(), 'compte 1', 'act', 'x')")
    assert AuditLine.objects.get().role == ""


def test_a_purge_removes_old_lines_only_and_says_so() -> None:
    now = timezone.now()
    old, kept = recorded(at=now - SHORTEST - timedelta(days=2)), recorded(at=now - SHORTEST)
    other = recorded("sign_in", at=now - timedelta(days=900))
    before = now - SHORTEST - timedelta(days=1)
    assert purge_audit(before=before, by="compte 1", at=now, but=["sign_in"]) == 1
    assert set(AuditLine.objects.exclude(act="purge_audit")) == {kept, other}
    assert not AuditLine.objects.filter(pk=old.pk).exists()
    line = AuditLine.objects.get(act="purge_audit")
    assert line.actor == "compte 1"
    assert line.after == {"before": before.isoformat(), "count": 1, "acts": [], "but": ["sign_in"]}
    with pytest.raises(DatabaseError, match="audit trail: DELETE refused"), transaction.atomic():
        AuditLine.objects.all().delete()  # the door is closed behind it


def test_recent_lines_are_not_purged_whoever_asks() -> None:
    now = timezone.now()
    recorded(at=now - SHORTEST + timedelta(hours=1))
    with pytest.raises(PurgeRefused, match="180 jours"):
        purge_audit(before=now - SHORTEST + timedelta(seconds=1), by="compte 1", at=now)
    with pytest.raises(DatabaseError, match="less than 180 days"), transaction.atomic():
        execute("SET LOCAL sas.audit_purge = 'retention'; DELETE FROM web_auditline")
    assert AuditLine.objects.count() == 1


def test_the_command_applies_each_retention(capsys: pytest.CaptureFixture[str]) -> None:
    now, day = timezone.now(), timedelta(days=1)
    entering = RETENTIONS[0]
    gone = [
        recorded(entering.acts[0], at=now - entering.kept - day),
        recorded("create_account", at=now - OTHERWISE - day),
    ]
    kept = [
        recorded(entering.acts[0], at=now - entering.kept + day),
        recorded("create_account", at=now - OTHERWISE + day),
    ]
    call_command("purge_audit")
    assert AuditLine.objects.count() == 4
    counted = capsys.readouterr().out
    call_command("purge_audit", apply=True)
    assert capsys.readouterr().out == counted
    assert not AuditLine.objects.filter(pk__in=[line.pk for line in gone]).exists()
    assert AuditLine.objects.filter(pk__in=[line.pk for line in kept]).count() == 2
    assert "connexions : 1" in counted


def test_the_trail_is_read_by_pages_that_lines_written_meanwhile_do_not_shift(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    # Several lines of the same instant, as one import writes them.
    lines = [recorded(at=AT + timedelta(seconds=n // 4)) for n in range(23)]
    seen: list[int] = []
    after = ""
    while True:
        with django_assert_num_queries(1):
            page = audit_page(AuditFilter(), after=after, size=5)
        seen += [row.id for row in page.rows]
        recorded(at=AT + timedelta(days=1))
        if not page.next:
            break
        after = page.next
    assert seen == [line.pk for line in sorted(lines, key=lambda line: (line.at, line.pk), reverse=True)]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (AuditFilter(), {1, 2, 3, 4}),
        (AuditFilter(who="compte 1"), {1, 2}),
        (AuditFilter(act="retry_job"), {2, 4}),
        (AuditFilter(target="compte 12", who="compte 1"), {1}),
        (AuditFilter(since=AT + timedelta(hours=2), until=AT + timedelta(hours=4)), {2, 3}),
        (AuditFilter(who="compte"), set()),
    ],
)
def test_the_trail_is_filtered(wanted: AuditFilter, found: set[int]) -> None:
    for hour, (act, by, target) in enumerate(
        [
            ("create_account", "compte 1", "compte 12"),
            ("retry_job", "compte 1", "tâche 3"),
            ("create_account", "compte 2", "compte 12"),
            ("retry_job", "compte 3", "tâche 4"),
        ],
        start=1,
    ):
        recorded(act, by=by, target=target, at=AT + timedelta(hours=hour))
    assert {(row.at - AT) // timedelta(hours=1) for row in audit_page(wanted).rows} == found
    assert {(row.at - AT) // timedelta(hours=1) for row in audit_lines(wanted)} == found
    assert acts() == ["create_account", "retry_job"]


@pytest.mark.parametrize("cursor", ["x", "1", "-", "1-", "-1", "1-x", "1" * 40 + "-1", "1-" + "9" * 40, "²-1", "1-1-1"])
def test_a_cursor_that_no_page_gave_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursorError):
        audit_page(AuditFilter(), after=cursor)


def test_a_person_sees_what_they_did_and_what_was_done_to_them_once(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    did = recorded(by="compte 12", target="compte 40", at=AT + timedelta(hours=1))
    undergone = recorded(by="compte 1", target="compte 12", at=AT + timedelta(hours=3))
    both = recorded(by="compte 12", target="compte 12", at=AT + timedelta(hours=2))
    recorded(by="compte 1", target="compte 120")
    with django_assert_num_queries(2):
        first = history_of("compte 12", size=2)
    assert [row.id for row in first.rows] == [undergone.pk, both.pk]
    assert [row.id for row in history_of("compte 12", after=first.next, size=2).rows] == [did.pk]


def test_an_export_reads_lot_by_lot(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr("sas.web.audit_queries.AT_ONCE", 10)
    lines = [recorded(at=AT + timedelta(seconds=n)) for n in range(25)]
    with django_assert_num_queries(3):
        assert [row.id for row in audit_lines(AuditFilter())] == [line.pk for line in reversed(lines)]
