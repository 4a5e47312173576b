"""Writes on regulation software and on messages, by people: one transaction, one audit line each."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from sas.directory.models import Territory
from sas.lrm.models import Lrm
from sas.web import audit

AUDITED = ("territory_id", "software", "hub_client_id", "tells_regulator", "is_active")


class LrmRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """It cannot be written as asked; the message (French) says why and what to do."""


@transaction.atomic
def register_lrm(
    *,
    origin: str,
    territory: str,
    hub_client_id: str,
    software: str | None = None,
    tells_regulator: bool | None = None,
    is_active: bool | None = None,
    by: str,
    at: datetime,
) -> Lrm:
    """Make the LRM, or bring the one of that origin to these values; None leaves a value as it is. Idempotent.

    `territory` is a code (« SAS-59 »); an empty `hub_client_id` is an LRM that calls but is not told.
    """
    where = Territory.objects.filter(code=territory).first()
    if where is None:
        raise LrmRefused(f"Aucun territoire n’a le code « {territory} » : créez-le d’abord, ou corrigez le code.")
    known = Lrm.objects.select_for_update(of=("self",), no_key=True).filter(origin=origin).first()
    lrm = known or Lrm(origin=origin, created_at=at)
    before = {name: getattr(lrm, name) for name in AUDITED} if known else None
    given = (where.pk, software, hub_client_id.strip(), tells_regulator, is_active)
    for name, value in zip(AUDITED, given, strict=True):
        if value is not None:
            setattr(lrm, name, value)
    after = {name: getattr(lrm, name) for name in AUDITED}
    if before == after:
        return lrm
    try:
        lrm.full_clean()
    except ValidationError as error:
        raise LrmRefused(" ".join(error.messages)) from None
    lrm.save()
    audit.record("register_lrm", by=by, at=at, target=f"LRM {lrm.pk}", before=before, after={"origin": origin, **after})
    return lrm
