"""Of whom a search showed a slot lately: what the worklist of the referent asks (`sas.participation.worklist`)."""

from collections.abc import Collection
from datetime import date

from sas.search.models import ShownCount


def seen_since(people: Collection[int], since: date) -> set[int] | None:
    """Of these people (pks), those of whom a search showed a slot since that day, by the counts of the roll-up.

    None while counts do not go back so far: a platform that opened last week calls nobody silent. Two queries.
    """
    first = ShownCount.objects.order_by("day").values_list("day", flat=True).first()
    if first is None or first > since:
        return None
    rows = ShownCount.objects.filter(practitioner__in=list(people), day__gte=since)
    return set(rows.values_list("practitioner", flat=True).distinct())
