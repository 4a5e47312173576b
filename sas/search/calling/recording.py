"""Counts a call once its page is gone: a page that reads writes nothing, and a count can slow or break none."""

import logging
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpResponseBase

from sas.lrm.counting import count_call
from sas.search.calling.receiving import Received
from sas.web.http import give_connections_back

logger = logging.getLogger(__name__)

R = TypeVar("R", bound=HttpResponseBase)


def counted(response: R, heard: Received, *, at: datetime) -> R:
    """The same response; a call is counted when the server closes it, that is after its last byte."""
    if heard.call is not None:
        closing = response.close

        def close() -> None:
            closing()
            _count(heard, at)

        response.close = close  # type: ignore[method-assign]
    return response


def _count(heard: Received, at: datetime) -> None:
    call = heard.call
    try:
        if call is not None:
            count_call(
                on=at.astimezone(ZoneInfo(settings.TIME_ZONE)).date(),
                origin=heard.counted_as,
                outcome=heard.outcome,
                address=call.address_format,
                practitioner=str(call.doctor_format),
                specialty=str(call.specialty_format),
            )
    except Exception:
        logger.exception("a contextual call was not counted")
    finally:
        give_connections_back()
