"""Asks, listens, widens: one blocking search for the API, for pages without JavaScript and for the last check.

The only clock below a view is the stopwatch of the deadline.
"""

import time

from django.conf import settings

from sas.aggregator import registry
from sas.aggregator.engine.outcomes import Question
from sas.search.conversation import Conversation
from sas.search.criteria import Criteria
from sas.search.lots import Lot, wider
from sas.web.http import give_connections_back

SHORTEST_ROUND_S = 0.3
"""With less time left than this, asking a wider circle would only report editors as silent."""


def answered(lot: Lot, criteria: Criteria, *, deadline: float) -> Conversation:
    """Everything known `deadline` seconds from now, in one go; widened while too few have slots and time is left."""
    ends_at = time.monotonic() + deadline
    conversation = Conversation(lot, criteria)
    listen(conversation, conversation.question, deadline=deadline)
    while conversation.with_slots() < settings.SAS_SEARCH_ENOUGH and ends_at - time.monotonic() >= SHORTEST_ROUND_S:
        ring = wider(conversation.lot, criteria)
        if ring is None:
            break
        question = conversation.widen(ring)
        listen(conversation, question, deadline=max(ends_at - time.monotonic(), 0.0))
    conversation.end()
    return conversation


def listen(conversation: Conversation, question: Question, *, deadline: float) -> None:
    """Ask, and hear what comes within `deadline` seconds, without holding a database connection meanwhile."""
    # Heard once all are here: nobody reads the cards before, and two threads would only fight over the interpreter.
    for answer in registry.ask(question, deadline=deadline, once_asked=give_connections_back):
        conversation.hear(answer)


def known_now(lot: Lot, criteria: Criteria) -> Conversation:
    """What the cache knows, without a call: the first page, before the stream tells the rest."""
    conversation = Conversation(lot, criteria)
    for answer in registry.known(conversation.question):
        conversation.hear(answer)
    return conversation
