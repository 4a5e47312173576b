"""Writes of the worklist: « contacté le », its withdrawal, and exports, which leave an audit line."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from sas.accounts.models import User
from sas.directory.models import Practitioner, Territory
from sas.directory.territories import target_of
from sas.participation.models import Outreach
from sas.participation.models.outreach import LONGEST_NOTE
from sas.participation.worklist.queries import Doctor, Wanted, doctors_of, filtered, is_listed
from sas.web import audit


class OutreachRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """Not possible as asked; the message (French) says why and what to do."""


@transaction.atomic
def note_contact(
    *, territory: Territory, practitioner_id: int, contacted_on: date | None, note: str, by: str, at: datetime
) -> Outreach:
    """This doctor was contacted that day, by this SAS. The same day and note again is the same contact."""
    note = " ".join(note.replace("\0", " ").split())
    if contacted_on is None or contacted_on > at.astimezone(ZoneInfo(territory.timezone)).date():
        raise OutreachRefused("Donnez le jour du contact : aujourd’hui ou avant.")
    if len(note) > LONGEST_NOTE:
        raise OutreachRefused(f"{LONGEST_NOTE} caractères au plus pour la suite donnée.")
    doctor = Practitioner.objects.select_for_update(of=("self",), no_key=True).filter(pk=practitioner_id).first()
    if doctor is None or not is_listed(territory, doctor.pk):
        raise OutreachRefused("Ce médecin n’est plus dans l’annuaire de ce territoire : rechargez la page.")
    same = Outreach.objects.filter(
        territory=territory, practitioner=doctor, contacted_on=contacted_on, note=note, withdrawn_at=None
    )
    if known := same.first():
        return known
    made = Outreach.objects.create(
        territory=territory, practitioner=doctor, contacted_on=contacted_on, note=note, noted_by=by, noted_at=at
    )
    after = {"person": doctor.national_id, "on": contacted_on.isoformat()}
    audit.record("note_outreach", by=by, at=at, target=target_of(territory), after=after)
    return made


@transaction.atomic
def withdraw_contact(*, territory: Territory, outreach_id: int, by: str, at: datetime) -> None:
    """A contact noted by mistake; nothing when it was withdrawn already."""
    row = Outreach.objects.select_for_update(of=("self",)).select_related("practitioner")
    contact = row.filter(pk=outreach_id, territory=territory, withdrawn_at=None).first()
    if contact is None:
        return
    contact.withdrawn_at = at
    contact.save(update_fields=["withdrawn_at"])
    before = {"person": contact.practitioner.national_id, "on": contact.contacted_on.isoformat()}
    audit.record("withdraw_outreach", by=by, at=at, target=target_of(territory), before=before)


@transaction.atomic
def export_worklist(*, territory: Territory, wanted: Wanted, by: User, at: datetime) -> list[Doctor]:
    """The whole of the filtered list. Asking for it is a line of the audit trail."""
    today = at.astimezone(ZoneInfo(territory.timezone)).date()
    doctors = filtered(doctors_of(territory, today), wanted)
    after = {"filters": wanted.query(page=""), "count": len(doctors)}
    audit.record("export_worklist", by=by.audit_label, at=at, target=target_of(territory), after=after)
    return doctors
