"""After an import: each account that it changed is announced to listeners, and its person told, by a job of its own."""

from datetime import datetime

from django.db import transaction

from sas.accounts.administration.granting import grant_of
from sas.accounts.administration.telling import tell_roles_added, told
from sas.accounts.changes import Change, announce
from sas.accounts.models import User
from sas.accounts.own.notices import Notice, tell
from sas.web.jobs import Queue, task


@task(name="sas.accounts.announce_account", queue=Queue.UPKEEP)
def announce_account(user_id: int, by: str, at: str, card: str = "", grants: list[str] | None = None) -> None:
    """Announce what an import changed, at `at` (ISO 8601). `card`: `attached` or `replaced`; `grants`: keys of the
    roles added. Twice is harmless: listeners read the account as it is, and nobody is told twice of one act."""
    when = datetime.fromisoformat(at)
    added = [grant for key in grants or [] if (grant := grant_of(key)) is not None]
    with transaction.atomic():
        user = User.objects.select_for_update(of=("self",), no_key=True).filter(pk=user_id, is_active=True).first()
        if user is None:
            return
        announce(Change.UPDATED, user, at=when)
        if card and not told(user, Notice.NATIONAL_ID, at=when):
            tell(Notice.NATIONAL_ID, user, by=by, at=when, context={"change": card, "by_other": True})
        if added and not told(user, "roles_added", at=when):
            tell_roles_added(user, added, by=by, at=when)
