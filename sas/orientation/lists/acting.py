"""An act asked by a button of a list, and the sentence that says it was done."""

from collections.abc import Mapping
from typing import TypedDict

from django.core.exceptions import BadRequest

from sas.orientation.models import Orientation
from sas.orientation.rules import Act, Reason

SENTENCES: Mapping[Act, str] = {
    Act.CONFIRM: "Orientation confirmée.",
    Act.HONOUR: "Orientation honorée.",
    Act.MISS: "Orientation non honorée.",
    Act.CANCEL: "Orientation annulée.",
}


class Asked(TypedDict):
    """The arguments of `services.act_on` that the button gives."""

    act: Act
    reason: Reason | None


def asked_act(values: Mapping[str, str]) -> Asked:
    """`acte` and `motif`; a form that no page of ours makes is a bad request. Nobody speaks for an editor."""
    act, reason = values.get("acte", ""), values.get("motif", "")
    if act not in list(Act) or (reason and reason not in set(Reason) - {Reason.EDITOR}):
        raise BadRequest
    return Asked(act=Act(act), reason=Reason(reason) if reason else None)


def sentence_of(act: Act, row: Orientation) -> str:
    """What was done; after an undo, where it is back to."""
    return SENTENCES.get(act) or f"C’est défait. État : {row.get_state_display()}."
