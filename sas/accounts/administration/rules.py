"""When an account that does not serve is warned, then closed (platform.md §2.5). Pure functions of facts and a date.

Months are counted from facts, not by matching a day: a night that was missed skips nobody (pitfalls §4.51).
"""

import calendar
from datetime import date, datetime, timedelta
from enum import StrEnum


class Action(StrEnum):
    """What is due."""

    NOTHING = "nothing"
    WARN_FIRST = "warn_first"
    WARN_SECOND = "warn_second"
    CLOSE = "close"


def dormancy(
    *,
    last_activity: datetime,
    warnings: int,
    delivered_at: datetime | None,
    now: datetime,
    months: tuple[int, int],
    days: int,
) -> Action:
    """What is due to an account that was last used at `last_activity`.

    `warnings` were asked for since; `delivered_at`: when the last of them left for the mail server, nothing while it
    has not. The second comes when it is due, and never sooner after the first than it should; the closing `days` after
    the second was delivered: whoever was not told is not closed.
    """
    if now < months_after(last_activity, months[0]):
        return Action.NOTHING
    if warnings == 0:
        return Action.WARN_FIRST
    if delivered_at is None:
        return Action.NOTHING
    if warnings == 1:
        due = max(months_after(last_activity, months[1]), months_after(delivered_at, months[1] - months[0]))
        return Action.WARN_SECOND if now >= due else Action.NOTHING
    return Action.CLOSE if now >= delivered_at + timedelta(days=days) else Action.NOTHING


def months_after(moment: datetime, months: int) -> datetime:
    """The same day of a later month, or its last day when it is shorter."""
    count = moment.year * 12 + moment.month - 1 + months
    year, month = count // 12, count % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


EXPIRY_NOTICE = timedelta(days=14)


def expiry_notice_due(*, expires_on: date, today: date) -> bool:
    """Whether the person is to be told that the account will close, `expires_on` being its last day."""
    return expires_on - EXPIRY_NOTICE <= today <= expires_on


def over(*, expires_on: date, today: date) -> bool:
    """Whether the last day is past."""
    return expires_on < today
