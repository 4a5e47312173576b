"""Whatever an editor does costs that editor's outcome, and nothing else (interop.md §6)."""

import gzip
import json
import ssl
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
import trustme

from sas.aggregator.engine.outcomes import Answer, Kind
from tests.engine.conftest import SOON, Clock, Town, config, hear, ids, question
from tests.fakes.hostile_editor import (
    Behaviour,
    Call,
    answers_slots,
    bundle,
    drips,
    gzipped,
    hangs_up,
    in_turn,
    never_answers,
    pours,
    redirects_to,
    says,
    stops_mid_body,
    waits_then,
)

ONE = ids(1)
GOOD = bundle(ONE, first=SOON)
OUTCOME = json.dumps(
    {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "x", "diagnostics": "no\n such id"}]}
).encode()


async def outcome_of(town: Town, behaviour: Behaviour, **kwargs: Any) -> Answer:
    editor = await town.editor(behaviour)
    engine = await town.engine(config("e0", editor, **kwargs))
    (answer,) = await hear(engine, question({"e0": ONE}))
    return answer


@pytest.mark.parametrize(
    ("behaviour", "kind", "detail"),
    [
        (says(GOOD), Kind.SLOTS, ""),
        (says(GOOD, content_type="text/plain"), Kind.SLOTS, ""),
        (says(GOOD, content_type="application/json+fhir"), Kind.SLOTS, ""),
        (gzipped(GOOD), Kind.SLOTS, ""),
        (says(bundle([], first=SOON)), Kind.EMPTY, ""),
        (says(b""), Kind.EMPTY, ""),
        (says(b" \r\n"), Kind.EMPTY, ""),
        (says(b"", status=204), Kind.EMPTY, ""),
        (says(OUTCOME, status=404), Kind.EMPTY, ""),
        (says(OUTCOME, status=400), Kind.REFUSED, "HTTP 400: no such id"),
        (says(b"<html>", status=403), Kind.REFUSED, "HTTP 403"),
        (says(OUTCOME, status=500), Kind.REFUSED, "HTTP 500: no such id"),
        (says(b"", status=304), Kind.REFUSED, "HTTP 304"),
        (says(b"x" * 200_000, status=500), Kind.REFUSED, "HTTP 500"),
        (redirects_to(lambda call: "http://127.0.0.2:1/fhir/Slot"), Kind.REFUSED, "redirect to another host"),
        (redirects_to(lambda call: "https" + call.editor.base_url[4:]), Kind.REFUSED, "redirect to another host"),
        (redirects_to(lambda call: call.target), Kind.REFUSED, "more than one redirect"),
        (redirects_to(lambda call: "http://[bad"), Kind.UNREADABLE, ""),
        (says(b"", status=302), Kind.REFUSED, "redirect without Location"),
        (says(OUTCOME), Kind.UNREADABLE, "D41"),
        (says(b"<html>Connexion</html>", content_type="text/html"), Kind.UNREADABLE, "D40"),
        (says(b'{"resourceType": "Bun'), Kind.UNREADABLE, "D40"),
        (says(GOOD, headers="Content-Encoding: br\r\n"), Kind.UNREADABLE, "Content-Encoding 'br'"),
        (says(GOOD, headers="Content-Encoding: gzip\r\n"), Kind.UNREADABLE, "gzip"),
        (says(gzip.compress(GOOD)[:-20], headers="Content-Encoding: gzip\r\n"), Kind.UNREADABLE, "gzip"),
        (hangs_up, Kind.NO_ANSWER, "ServerDisconnectedError"),
        (stops_mid_body(GOOD), Kind.NO_ANSWER, "ClientPayloadError"),
    ],
)
async def test_each_way_of_answering_has_its_outcome(town: Town, behaviour: Behaviour, kind: Kind, detail: str) -> None:
    answer = await outcome_of(town, behaviour)
    assert answer.kind is kind
    assert detail in answer.detail
    assert len(answer.slots) == (kind is Kind.SLOTS)
    assert answer.asked == tuple(ONE)


@pytest.mark.parametrize("behaviour", [never_answers, drips])
async def test_silence_ends_at_the_editors_own_timeout(town: Town, behaviour: Behaviour) -> None:
    answer = await outcome_of(town, behaviour, timeout=0.05)
    assert answer.kind is Kind.NO_ANSWER
    assert "0.05 s" in answer.detail


async def test_an_error_whose_body_never_comes_is_still_an_error(town: Town) -> None:
    async def fails_slowly(call: Call) -> None:
        await call.send(b"HTTP/1.1 500 Oops\r\nContent-Length: 50\r\n\r\n{")
        await never_answers(call)

    answer = await outcome_of(town, fails_slowly, timeout=0.6)
    assert answer.kind is Kind.REFUSED
    assert answer.detail == "HTTP 500"


async def test_nobody_listening_is_no_answer(town: Town) -> None:
    editor = await town.editor(says(GOOD))
    await editor.__aexit__(None, None, None)
    engine = await town.engine(config("e0", editor.base_url))
    (answer,) = await hear(engine, question({"e0": ONE}))
    assert answer.kind is Kind.NO_ANSWER
    assert answer.detail


async def test_a_host_that_cannot_exist_is_no_answer(town: Town) -> None:
    engine = await town.engine(config("e0", "http://a..b/fhir"))
    (answer,) = await hear(engine, question({"e0": ONE}))
    assert answer.kind in (Kind.NO_ANSWER, Kind.UNREADABLE)


async def test_one_redirect_on_the_same_host_is_followed_and_noted(town: Town) -> None:
    moved = in_turn(redirects_to(lambda call: call.target.replace("/fhir/", "/fhir/v2/"), status=307), says(GOOD))
    answer = await outcome_of(town, moved)
    assert answer.kind is Kind.SLOTS
    assert [finding.case for finding in answer.findings] == ["D44"]


@pytest.mark.parametrize("behaviour", [says(b"", status=204), says(b"x", status=404), says(b"")])
async def test_nothing_found_said_with_the_wrong_words_is_noted(town: Town, behaviour: Behaviour) -> None:
    answer = await outcome_of(town, behaviour)
    assert [finding.case for finding in answer.findings] == ["D17"]


@pytest.mark.parametrize("announced", [True, False])
async def test_200_megabytes_are_cut_without_being_held(town: Town, announced: bool) -> None:
    tracemalloc.start()
    try:
        answer = await outcome_of(town, pours(200, announced=announced), max_body_bytes=2_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.kind is Kind.UNREADABLE
    assert answer.findings[0].case == "D49"
    assert peak < 20_000_000


async def test_a_gzip_bomb_is_cut_once_decompressed(town: Town) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    answer = await outcome_of(town, says(bomb, headers="Content-Encoding: gzip\r\n"), max_body_bytes=1_000_000)
    assert answer.kind is Kind.UNREADABLE
    assert "decompressed" in answer.detail


def pages(count: int, link: Callable[[int], str]) -> Behaviour:
    def page(rank: int) -> Behaviour:
        following = link(rank + 1) if rank + 1 < count else None
        return says(bundle([ids(1, first=rank)[0]], first=SOON, next_url=following))

    return in_turn(*(page(rank) for rank in range(count)))


async def test_the_pages_of_an_answer_are_gathered(town: Town) -> None:
    editor = await town.editor(pages(3, lambda rank: f"/fhir/Slot?page={rank}"))
    engine = await town.engine(editor)
    (answer,) = await hear(engine, question({"e0": ids(3)}))
    assert [slot.practitioner for slot in answer.slots] == ids(3)
    assert [finding.case for finding in answer.findings] == ["D45"]


async def test_beyond_five_pages_who_has_no_slot_is_unknown_and_not_without_slots(town: Town) -> None:
    editor = await town.editor(pages(9, lambda rank: f"?page={rank}"))
    engine = await town.engine(editor)
    told, unknown = await hear(engine, question({"e0": ids(9)}))
    assert len(editor.calls) == 5
    assert (told.kind, told.asked) == (Kind.SLOTS, tuple(ids(5)))
    assert (unknown.kind, unknown.asked) == (Kind.NO_ANSWER, tuple(ids(4, first=5)))


async def test_a_next_page_on_another_host_is_not_fetched_and_what_was_read_is_kept(town: Town) -> None:
    elsewhere = await town.editor(says(GOOD))
    editor = await town.editor(pages(2, lambda rank: f"{elsewhere.base_url}/Slot?page={rank}"))
    engine = await town.engine(editor)
    told, unknown = await hear(engine, question({"e0": ids(2)}))
    assert told.asked == tuple(ids(1))
    assert unknown.asked == tuple(ids(1, first=1))
    assert not elsewhere.calls


@pytest.mark.parametrize("missing", [says(b"", status=204), says(b"x", status=404), says(b"")])
async def test_without_the_page_that_was_announced_who_has_no_slot_is_unknown(town: Town, missing: Behaviour) -> None:
    first = says(bundle(ids(1), first=SOON, next_url="?page=2"))
    engine = await town.engine(await town.editor(in_turn(first, missing)))
    told, unknown = await hear(engine, question({"e0": ids(2)}))
    assert (told.kind, told.asked) == (Kind.SLOTS, tuple(ids(1)))
    assert (unknown.kind, unknown.asked) == (Kind.NO_ANSWER, tuple(ids(1, first=1)))


async def test_an_absurd_retry_after_does_not_hide_the_refusal(town: Town) -> None:
    absurd = f"Retry-After: Wed, 21 Oct {'9' * 20} 07:28:00 GMT\r\n"
    answer = await outcome_of(town, says(b"", status=503, headers=absurd))
    assert (answer.kind, answer.detail) == (Kind.REFUSED, "HTTP 503")


async def test_a_next_page_that_is_the_same_page_ends_the_reading(town: Town) -> None:
    async def behave(call: Call) -> None:
        await call.answer(bundle(call.ids, first=SOON, next_url=call.target))

    answer = await outcome_of(town, behave)
    assert answer.kind is Kind.SLOTS


async def test_five_failing_editors_leave_the_slots_of_the_sixth_intact(town: Town) -> None:
    ways = [never_answers, says(OUTCOME, status=500), says(b"<html>"), hangs_up, redirects_to(lambda _: "http://x.y/")]
    bad = [config(f"bad{rank}", await town.editor(way), timeout=0.2) for rank, way in enumerate(ways)]
    good = await town.editor(answers_slots(SOON, each=3))
    engine = await town.engine(*bad, config("good", good))
    asked = question({editor.key: ids(2) for editor in bad} | {"good": ids(2)})
    answers = await hear(engine, asked)
    kinds = {report.editor: report.kind for report in engine.reports(asked, answers)}
    assert kinds == {
        "bad0": Kind.NO_ANSWER,
        "bad1": Kind.REFUSED,
        "bad2": Kind.UNREADABLE,
        "bad3": Kind.NO_ANSWER,
        "bad4": Kind.REFUSED,
        "good": Kind.SLOTS,
    }
    (slots,) = [answer.slots for answer in answers if answer.editor == "good"]
    assert len(slots) == 6


async def test_a_bug_of_ours_on_one_answer_costs_that_editor_only(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    poison = says(json.dumps({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Slot"}}]}).encode())
    answer = await outcome_of(town, poison)  # the stand-in reader raises KeyError on a slot without id
    assert answer.kind is Kind.UNREADABLE
    assert "KeyError" in answer.detail
    assert "Reading the answer of editor e0 failed" in caplog.text


async def test_the_connection_is_kept_and_the_accept_header_is_the_recommended_one(town: Town, clock: Clock) -> None:
    editor = await town.editor(answers_slots(SOON))
    engine = await town.engine(editor)
    for rank in range(3):
        await hear(engine, question({"e0": ids(1, first=rank)}))
    assert editor.connections == 1
    headers = editor.calls[0].headers
    assert headers["accept"] == "application/fhir+json, application/json+fhir;q=0.9, application/json;q=0.8"
    assert "gzip" in headers["accept-encoding"]


async def test_each_editor_has_its_own_headers_and_its_own_certificates(town: Town) -> None:
    authority, client_authority = trustme.CA(), trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    client_authority.configure_trust(server)
    server.verify_mode = ssl.CERT_REQUIRED
    client = ssl.create_default_context()
    authority.configure_trust(client)
    client_authority.issue_cert("sas@example.org").configure_cert(client)
    editor = await town.editor(answers_slots(SOON), tls=server)
    stranger = ssl.create_default_context()
    authority.configure_trust(stranger)
    engine = await town.engine(
        config("known", editor, ssl=client, headers=(("Accept", "application/json+fhir"),)),
        config("stranger", editor, ssl=stranger),
        config("untrusted", editor),
    )
    asked = question({"known": ONE, "stranger": ONE, "untrusted": ONE})
    kinds = {answer.editor: answer.kind for answer in await hear(engine, asked)}
    assert kinds == {"known": Kind.SLOTS, "stranger": Kind.NO_ANSWER, "untrusted": Kind.NO_ANSWER}
    assert [call.headers["accept"] for call in editor.calls] == ["application/json+fhir"]


async def test_ids_are_sent_percent_encoded_as_the_guide_wants(town: Town) -> None:
    editor = await town.editor(answers_slots(SOON))
    engine = await town.engine(editor)
    await hear(engine, question({"e0": ["3456780581/11242343"]}))
    target = editor.calls[0].target
    assert target.startswith("/fhir/Slot?")
    assert "%7C3456780581%2F11242343" in target
    assert "%2B01:00" in target


async def test_a_slow_answer_that_comes_in_time_is_an_answer(town: Town) -> None:
    editor = await town.editor(waits_then(says(GOOD)))
    engine = await town.engine(editor)
    editor.release.set()
    (answer,) = await hear(engine, question({"e0": ONE}))
    assert answer.kind is Kind.SLOTS
