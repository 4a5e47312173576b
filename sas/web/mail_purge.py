"""How long e-mails are kept: addresses are personal data."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from sas.web import audit
from sas.web.mail_sending import BY
from sas.web.models import OutgoingMail

KEPT = timedelta(days=365)
KEPT_UNSENT = timedelta(days=90)
"""The link that a failed one holds has long stopped working."""


@transaction.atomic
def purge_mails(*, at: datetime) -> int:
    """Delete what was sent a year ago and what failed three months ago; how many."""
    old = Q(state=OutgoingMail.State.SENT, created_at__lt=at - KEPT)
    failed = Q(state=OutgoingMail.State.FAILED, created_at__lt=at - KEPT_UNSENT)
    count, _ = OutgoingMail.objects.filter(old | failed).delete()
    if count:
        audit.record("purge_mails", by=BY, at=at, target="courriels", after={"count": count})
    return count
