"""One line per editor over a whole search, for the banner and the API's `editors` list. Pure."""

from collections.abc import Iterable, Sequence

from sas.aggregator.engine.outcomes import Answer, EditorReport, Kind, Question

# When nothing was heard: what the editor did wrong tells more than its silence, its silence more than our prudence.
_GRAVITY = (Kind.UNREADABLE, Kind.REFUSED, Kind.NO_ANSWER, Kind.PAUSED)


def reports(question: Question, answers: Iterable[Answer]) -> tuple[EditorReport, ...]:
    """One report per editor that `question` asks about somebody, in its order.

    Can be called at any moment: who has not been heard yet is `unheard`. A late answer amends the cut that preceded it.
    """
    by_editor: dict[str, list[Answer]] = {editor: [] for editor, ids in question.ids_by_editor.items() if ids}
    for answer in answers:
        if answer.editor in by_editor:
            by_editor[answer.editor].append(answer)
    return tuple(
        _report(editor, tuple(dict.fromkeys(question.ids_by_editor[editor])), said)
        for editor, said in by_editor.items()
    )


def _report(editor: str, asked: tuple[str, ...], said: Sequence[Answer]) -> EditorReport:
    known = [answer for answer in said if answer.kind.known]
    heard = {national_id for answer in known for national_id in answer.asked}
    slots = sum(len(answer.slots) for answer in known)
    worst = min((a for a in said if not a.kind.known), key=lambda a: _GRAVITY.index(a.kind), default=None)
    kind = Kind.SLOTS if slots else Kind.EMPTY
    if not known:
        kind = worst.kind if worst else Kind.NO_ANSWER
    unheard = tuple(national_id for national_id in asked if national_id not in heard)
    trouble = worst if unheard else None
    return EditorReport(
        editor,
        kind,
        asked=len(asked),
        unheard=unheard,
        slots=slots,
        findings=sum(finding.count for answer in said for finding in answer.findings),
        elapsed_ms=max((answer.elapsed_ms for answer in said), default=0),
        detail=trouble.detail if trouble else "",
        paused_since=trouble.paused_since if trouble else None,
        paused_until=trouble.paused_until if trouble else None,
    )
