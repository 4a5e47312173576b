"""The engine with the reader of production: the two halves fit."""

from sas.aggregator.engine.flows import Flow
from sas.aggregator.engine.outcomes import Kind
from sas.fhir.slot_query import build_slot_query
from sas.fhir.slots import read
from tests.engine.conftest import SOON, Town, hear, ids, question
from tests.fakes.hostile_editor import answers_slots, says


async def test_the_tolerant_reader_feeds_the_engine(town: Town) -> None:
    good = await town.editor(answers_slots(SOON, each=3))
    login_page = await town.editor(says(b"<!DOCTYPE html><title>Connexion</title>", content_type="text/html"))
    engine = await town.engine(good, login_page, flows={"ps": Flow(build_slot_query, read)})
    answers = {answer.editor: answer for answer in await hear(engine, question({"e0": ids(30), "e1": ids(1)}))}
    assert answers["e0"].kind is Kind.SLOTS
    assert [slot.start for slot in answers["e0"].slots][:1] == [SOON]
    assert (answers["e1"].kind, answers["e1"].findings[0].case) == (Kind.UNREADABLE, "D40")
