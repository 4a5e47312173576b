"""Whoever keeps an agenda is told what befell one of its slots without them."""

from datetime import datetime

from django.db import transaction

from sas.accounts.models import User
from sas.agenda.models import Series, Use
from sas.web.mail import post_mail


@transaction.atomic
def tell_owner(*, use_id: int, said_at: datetime, by: str, at: datetime) -> int:
    """E-mail whoever keeps this agenda, when what was said then still stands: how many are told."""
    use = Use.objects.filter(pk=use_id, gone__gt=0, gone_at=said_at).select_related("series").first()
    if use is None:
        return 0
    keepers = _keepers(use.series)
    for keeper in keepers:
        context = {
            "name": keeper.full_name,
            "starts_at": use.starts_at,
            "timezone": use.series.timezone,
            "key": _key(use.series),
        }
        post_mail(kind="slot_said_gone", to=keeper.email or "", context=context, about=keeper.audit_label, by=by, at=at)
    return len(keepers)


def _keepers(series: Series) -> list[User]:
    """The accounts to tell: the doctor's own; for a structure's agenda, those of the structure's managers."""
    known = User.objects.filter(is_active=True).exclude(email=None).order_by("pk")
    if series.structure_id is not None:
        return list(known.filter(attachments__structure=series.structure_id).distinct())
    return list(known.filter(national_id=series.practitioner.national_id)) if series.practitioner else []


def _key(series: Series) -> str:
    """Whose agenda it is, in addresses."""
    if series.structure is not None:
        return series.structure.national_id
    return series.practitioner.national_id if series.practitioner else ""
