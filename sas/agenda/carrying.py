"""Uses follow their occurrence from the series that was changed to the one that comes after."""

from datetime import datetime

from django.db.models import ProtectedError

from sas.agenda.models import Series, Use
from sas.agenda.rules import Pattern, expand
from sas.agenda.sheets import SeriesSheet, pattern_of
from sas.agenda.uses import UsedSlot, used


def carry_uses(*, old: Series, before: SeriesSheet, new: Series | None, at: datetime) -> list[UsedSlot]:
    """Move what is to come to `new` (None: closed; `old` itself: changed in place) where the instant stays.

    Both are saved. What only the doctor had said taken disappears with its occurrence; what an orientation took stays
    on record, and is returned with what befell it.
    """
    stays = None if new is old or old.closed_at else pattern_of(old)
    fresh = pattern_of(new) if new else None
    told: list[UsedSlot] = []
    for use in Use.objects.select_for_update().filter(series=old, starts_at__gt=at).order_by("starts_at"):
        if _span(stays, use) is not None:
            continue
        span, sent = _span(fresh, use), use.taken > use.marked
        if new is None or span is None:
            if sent:
                told.append(used(use, "closed"))
            else:
                _forget(use)
            continue
        ends_at = datetime.fromtimestamp(span[1], at.tzinfo)
        differs = ends_at != use.ends_at or new.capacity < use.taken or tuple(new.modalities) != before.modalities
        use.series, use.ends_at, use.capacity = new, ends_at, max(new.capacity, use.taken)
        use.save(update_fields=["series", "ends_at", "capacity"])
        if sent and differs:
            told.append(used(use, "changed"))
    return told


def _forget(use: Use) -> None:
    """Nobody comes. A cancelled orientation still refers to it: the row then stays, with nothing taken."""
    try:
        use.delete()
    except ProtectedError:
        use.taken, use.marked, use.marked_by, use.marked_at = 0, 0, None, None
        use.gone, use.gone_by, use.gone_at = 0, None, None
        use.save(update_fields=["taken", "marked", "marked_by", "marked_at", "gone", "gone_by", "gone_at"])


def _span(pattern: Pattern | None, use: Use) -> tuple[int, int] | None:
    instant = int(use.starts_at.timestamp())
    found = expand(pattern, instant, instant) if pattern else []
    return found[0] if found else None
