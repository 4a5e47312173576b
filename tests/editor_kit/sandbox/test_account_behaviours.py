"""What the control page shows of regulators' accounts, and each behaviour as it applies to them (INT_R02)."""

import asyncio

import aiohttp
import msgspec
import pytest

from tests.editor_kit.sandbox.account_requests import IDN, body, post, put, report
from tests.editor_kit.sandbox.conftest import Editor, Json


class TestWhatCanBeSeen:
    async def test_each_request_is_written_down_in_order_and_counted_by_identifier(self, editor: Editor) -> None:
        _, first, _ = await post(editor, body(IDN, "1", "a@b.fr"))
        await post(editor, body(IDN, "1", "a@b.fr"))
        await put(editor, f"{IDN}|1", body(IDN, "1", "a@b.fr", active=False))
        told = await report(editor)
        assert [(line["method"], line["status"], line["act"], line["active"]) for line in told["journal"]] == [
            ("POST", 201, "created", True),
            ("POST", 422, "", None),
            ("PUT", 200, "updated", False),
        ]
        assert [line["rank"] for line in told["journal"]] == [1, 2, 3]
        assert told["requests"] == {f"{IDN}|1": {"received": 3, "accepted": 2}}
        assert told["accounts"] == [
            {
                "id": first["id"],
                "identifiers": [f"{IDN}|1"],
                "active": False,
                "family": "Loridon",
                "given": "Sébastien",
                "email": "a@b.fr",
                "requests": 2,
                "updates": 1,
            }
        ]
        state = editor.sandbox.state()
        assert (state["accounts"], state["account_requests"], state["account_answers"]) == (1, 3, "ok")


class TestBehaviours:
    @pytest.mark.parametrize("answers", ["422", "400"])
    async def test_accounts_alone_may_be_refused(self, editor: Editor, inputs: Json, answers: str) -> None:
        assert await editor.put_behaviour(behaviour="ok", accounts=answers) == 200
        for attempt in (
            await post(editor, body(IDN, "1", "a@b.fr")),
            await put(editor, f"{IDN}|1", body(IDN, "1", "a@b.fr")),
        ):
            assert (attempt[0], attempt[1]["resourceType"]) == (int(answers), "OperationOutcome")
        assert (await editor.bundle(inputs["practitioner_id"]))["total"] > 0
        assert await editor.put_behaviour(behaviour="ok") == 200  # the switch stays where it was
        assert editor.sandbox.state()["account_answers"] == answers
        assert await editor.put_behaviour(behaviour="ok", accounts="ok") == 200
        assert (await post(editor, body(IDN, "1", "a@b.fr")))[0] == 201
        assert (await report(editor))["requests"] == {f"{IDN}|1": {"received": 3, "accepted": 1}}

    async def test_an_unknown_switch_is_refused(self, editor: Editor) -> None:
        assert await editor.put_behaviour(behaviour="slow", accounts="odd") == 400
        assert editor.sandbox.state()["behaviour"] == "ok"

    async def test_in_error_or_behind_a_login_page_nothing_is_written(self, editor: Editor) -> None:
        editor.sandbox.set_behaviour("error")
        assert (await post(editor, body(IDN, "1", "a@b.fr")))[0] == 500
        editor.sandbox.set_behaviour("html")
        url = f"{editor.sandbox.base_url}/Practitioner"
        async with editor.http.post(url, json=body(IDN, "1", "a@b.fr")) as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
            assert "Location" not in answer.headers
        told = await report(editor)
        assert (told["accounts"], told["requests"]) == ([], {f"{IDN}|1": {"received": 2, "accepted": 0}})

    async def test_a_malformed_answer_hides_a_written_account(self, editor: Editor) -> None:
        editor.sandbox.set_behaviour("malformed")
        url = f"{editor.sandbox.base_url}/Practitioner"
        async with editor.http.post(url, json=body(IDN, "1", "a@b.fr")) as answer:
            with pytest.raises(msgspec.DecodeError):
                msgspec.json.decode(await answer.read())
        assert len((await report(editor))["accounts"]) == 1

    async def test_an_answer_may_be_lost_after_the_account_was_written(self, editor: Editor) -> None:
        editor.sandbox.set_account_answers("lost")
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await post(editor, body(IDN, "1", "a@b.fr"))
        editor.sandbox.set_account_answers("ok")
        assert (await post(editor, body(IDN, "1", "a@b.fr")))[0] == 422
        assert (await put(editor, f"{IDN}|1", body(IDN, "1", "a@b.fr")))[0] == 200
        told = await report(editor)
        assert [line["act"] for line in told["journal"]] == ["created", "", "updated"]

    async def test_down_closes_without_a_word_and_receives_nothing(self, editor: Editor) -> None:
        editor.sandbox.set_behaviour("down")
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await post(editor, body(IDN, "1", "a@b.fr"))
        assert (await report(editor))["received"] == 0

    async def test_a_caller_who_gives_up_on_a_slow_editor_finds_the_account_there(self, editor: Editor) -> None:
        editor.sandbox.set_behaviour("slow", 60_000)
        call = asyncio.ensure_future(post(editor, body(IDN, "1", "a@b.fr")))
        async with asyncio.timeout(10):
            while not editor.sandbox.accounts.received:
                await asyncio.sleep(0)
        call.cancel()
        editor.sandbox.set_behaviour("ok")
        assert (await post(editor, body(IDN, "1", "a@b.fr")))[0] == 422
        assert [line["act"] for line in (await report(editor))["journal"]] == ["created", ""]
