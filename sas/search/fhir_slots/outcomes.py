"""Partners that could not be heard, as entries of an answer (`search.mode=outcome`): unknown is not none."""

from sas.aggregator.engine.outcomes import EditorReport, Kind
from sas.fhir.operation_outcomes import Issue
from sas.fhir.outcome_writing import outcome_resource, warning
from sas.fhir.slot_resources import Json
from sas.search.conversation import Conversation

CODES = {
    Kind.NO_ANSWER: ("timeout", "n’a pas répondu à temps"),
    Kind.REFUSED: ("exception", "a refusé de répondre"),
    Kind.UNREADABLE: ("structure", "a envoyé une réponse illisible"),
    Kind.PAUSED: ("transient", "ne répond plus et n’est réinterrogé que de temps en temps"),
}
"""issue-type, and what is said of the editor."""


def outcomes_of(conversation: Conversation, names: dict[str, str]) -> list[Json]:
    """One OperationOutcome for each editor that said nothing of somebody, and one for slots at unknown places."""
    found = [_silent(report, names) for report in conversation.reports() if report.unheard or not report.kind.known]
    elsewhere = {
        card.seat.candidate.national_id: card.elsewhere for card in map(conversation.card, conversation.lot.seats)
    }
    found += [_elsewhere(person, count) for person, count in elsewhere.items() if count]
    return found


def _silent(report: EditorReport, names: dict[str, str]) -> Json:
    code, said = CODES.get(report.kind, CODES[Kind.NO_ANSWER])
    who = ", ".join(report.unheard)
    text = f"{names.get(report.editor, report.editor)} {said} : disponibilités inconnues, et non absentes, pour {who}."
    return _entry(f"editeur-{report.editor}", warning(code, text))


def _elsewhere(person: str, count: int) -> Json:
    some = f"{count} créneaux sont omis" if count > 1 else "1 créneau est omis"
    text = f"{person} : {some}, à une adresse que l’annuaire ne connaît pas."
    return _entry(f"lieu-{person}", Issue("information", "incomplete", text, ""))


def _entry(id_: str, issue: Issue) -> Json:
    return outcome_resource([issue]) | {"id": id_[:64]}
