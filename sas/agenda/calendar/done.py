"""What has just been done, said above the agenda with its undo, for a minute (ux: undo beats confirm).

It travels in the address (`?fait=`), so that a page read again says the same, and says nothing a minute later.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from sas.participation.subjects import Subject

SECONDS = 60
_MARK = re.compile(r"(ouvert|pris|libre|copie)\.(\d{1,18})\.(\d{4}-\d{2}-\d{2})\.(\d{1,10})\.(\d{1,12})", re.ASCII)
SENTENCES = {
    "ouvert": "C’est en ligne : les régulateurs le voient dès maintenant.",
    "pris": "Marqué comme pris : les régulateurs ne le proposent plus.",
    "libre": "De nouveau libre : les régulateurs le voient dès maintenant.",
    "copie": "Semaine copiée : les régulateurs la voient dès maintenant.",
}


@dataclass(frozen=True)
class Done:
    """`sentence`: what was done; `undo`: where to post `fields` to undo it, empty when it cannot be."""

    sentence: str
    undo: str
    fields: dict[str, str]


def mark(path: str, kind: str, *, series: int, day: str, number: int, at: datetime) -> str:
    """The address `path`, which will say that `kind` was done. `number`: the version or the minute of its undo."""
    seconds = int(at.timestamp())
    bare = re.sub(r"[?&]fait=[^&]*", "", path)
    return f"{bare}{'&' if '?' in bare else '?'}{urlencode({'fait': f'{kind}.{series}.{day}.{number}.{seconds}'})}"


def done_of(text: str, subject: Subject, at: datetime) -> Done | None:
    """What `?fait=` says; None once the minute is over."""
    match = _MARK.fullmatch(text)
    if match is None or not 0 <= at.timestamp() - int(match[5]) <= SECONDS:
        return None
    kind, address = match[1], {"key": subject.key, "pk": int(match[2]), "day": match[3]}
    undone = {
        "ouvert": ("agenda:remove", {"scope": "all", "version": match[4]}),
        "pris": ("agenda:free", {"minute": match[4]}),
        "libre": ("agenda:take", {"minute": match[4]}),
    }.get(kind)
    if undone is None:
        return Done(SENTENCES[kind], "", {})
    return Done(SENTENCES[kind], reverse(undone[0], kwargs=address), undone[1])
