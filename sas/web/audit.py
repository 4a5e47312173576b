"""One audit line for each write. Called by services, inside their transaction, and by nothing else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sas.web.models import AuditLine


def record(
    act: str,
    *,
    by: str,
    at: datetime,
    target: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write one line. `act` is « verb_object » in English (`create_account`), `by` a label (`compte 12`)."""
    AuditLine.objects.create(at=at, actor=by, act=act, target=target, before=before, after=after)
