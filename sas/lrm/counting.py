"""How many contextual calls (INT_L01) came, by software and by the form of what they sent: no content, no name."""

from datetime import date

from django.db import connection

UNKNOWN_ORIGIN = ""
"""Calls of nobody that is registered are counted together: whatever comes by an address makes no new row."""

OUTCOMES = frozenset({"search", "search_with_doctor", "place_to_complete", "origin_refused"})
FORMATS = frozenset({"notTransmitted", "fullText", "normed", "invalid"})
ADDRESSES = frozenset({"notTransmitted", "city", "city_street", "insee", "insee_street"})


def count_call(*, on: date, origin: str, outcome: str, address: str, practitioner: str, specialty: str) -> None:
    """One more call of that day. `origin`: that of a registered software, or `UNKNOWN_ORIGIN`.

    One statement, hence a transaction of its own. No audit line: it is a count, like that of what a search showed.
    """
    words = ((outcome, OUTCOMES), (address, ADDRESSES), (practitioner, FORMATS), (specialty, FORMATS))
    if unknown := [word for word, known in words if word not in known]:
        raise ValueError(f"not a way of counting a call: {unknown}")
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [on, origin, outcome, address, practitioner, specialty])


# Raw: the ORM's upsert cannot add to what is there.
COUNT = """
    INSERT INTO lrm_callcount AS total ("on", origin, outcome, address, practitioner, specialty, calls)
    VALUES (%s, %s, %s, %s, %s, %s, 1)
    ON CONFLICT ("on", origin, outcome, address, practitioner, specialty) DO UPDATE SET calls = total.calls + 1
"""
