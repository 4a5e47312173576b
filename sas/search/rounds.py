"""Asks, listens, widens: one blocking search for the API and for pages without JavaScript.

The only clock below a view is the stopwatch of the deadline.
"""

import time

from django.conf import settings

from sas.aggregator import registry
from sas.search.conversation import Conversation
from sas.search.criteria import Criteria
from sas.search.lots import Lot, wider

SHORTEST_ROUND_S = 0.3
"""With less time left than this, asking a wider circle would only report editors as silent."""


def answered(lot: Lot, criteria: Criteria, *, deadline: float) -> Conversation:
    """Everything known `deadline` seconds from now, in one go; widened while too few have slots and time is left."""
    began = time.monotonic()
    conversation = Conversation(lot, criteria)
    question = conversation.question
    while True:
        left = deadline - (time.monotonic() - began)
        for answer in registry.ask(question, deadline=max(left, 0.0)):
            conversation.hear(answer)
        left = deadline - (time.monotonic() - began)
        if conversation.with_slots() >= settings.SAS_SEARCH_ENOUGH or left < SHORTEST_ROUND_S:
            return conversation
        ring = wider(conversation.lot, criteria)
        if ring is None:
            return conversation
        question = conversation.widen(ring)


def known_now(lot: Lot, criteria: Criteria) -> Conversation:
    """What the cache knows, without a call: the first page, before the stream tells the rest."""
    conversation = Conversation(lot, criteria)
    for answer in registry.known(conversation.question):
        conversation.hear(answer)
    return conversation
