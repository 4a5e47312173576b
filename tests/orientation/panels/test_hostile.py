"""What no page of ours sends: times beyond calendars, signs that no database keeps, keys that served already, doctors
of others. A refusal in words or an error of the request, never a fault, and nothing that was not asked."""

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client

from sas.accounts.models import RoleGrant, User
from sas.aggregator.bookings import BookingRefused
from sas.directory.models import PracticeLocation, Structure
from sas.lrm.models import Lrm, Message
from sas.orientation.models import Orientation
from sas.orientation.services import Receiver, open_editor_orientation
from sas.participation.services import declare_participation
from tests.factories import directory
from tests.factories import orientation as make
from tests.factories.agenda import AT, BY, plage, spot

LONG_AGO: dict[str, Any] = {"by": BY, "at": AT - timedelta(days=30)}
LAST, FIRST = "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00"


@pytest.fixture
def doctor(sender: User) -> PracticeLocation:
    """Who takes part on their own."""
    place = directory.place()
    declare_participation(practitioner=place.practitioner, via="individual", **LONG_AGO)
    return place


def card(place: PracticeLocation, ending: str = "") -> str:
    return f"/sas/orientation/en-sus/{place.pk}/{ending}"


def at_five(**given: str) -> dict[str, str]:
    """The form « accepté », filled in."""
    return {"cle": str(uuid.uuid4()), "heure": "17:00", "jour": "2026-11-23", "modalite": "AMB"} | given


@pytest.mark.parametrize("moment", [LAST, FIRST, "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_time_at_the_end_of_calendars_is_a_refusal(client: Client, doctor: PracticeLocation, moment: str) -> None:
    proposed = client.get(f"{card(doctor)}?debut={quote(moment)}&fin={quote(moment)}")
    assert proposed.status_code == 200
    for length in ("", "60", "999"):
        refused = client.post(card(doctor, "accepte/"), at_five(heure="", quand=moment, duree=length))
        assert refused.status_code == 409
    assert not Orientation.objects.exists()


def send(client: Client, url: str, fields: dict[str, str]) -> Any:
    """Posted as a form whose texts may be no UTF-8."""
    body = urlencode(fields, errors="surrogatepass")
    return client.post(url, body, content_type="application/x-www-form-urlencoded")


@pytest.mark.parametrize("sign", ["\0", "\ud800", "\x1b", "a" * 5000])
def test_a_sign_that_no_database_keeps_is_never_a_fault(client: Client, doctor: PracticeLocation, sign: str) -> None:
    slot = make.slot_ids(plage(spot()))[0]
    query = urlencode({"origin": sign, "montre": sign, "text": sign}, errors="surrogatepass")
    posted = dict.fromkeys(("territoire", "cle", "modalite", "medecin", "duree", "motif", "rappel", "heure"), sign)
    panel = f"/sas/orientation/agenda/{slot}/"
    assert client.get(f"{card(doctor)}?{query}").status_code == client.get(f"{panel}?{query}").status_code == 200
    noted = send(client, f"{card(doctor, 'appel/')}?{query}", posted | {"issue": "no_answer"})
    refused = send(client, f"{card(doctor, 'accepte/')}?{query}", posted)
    accepted = send(client, f"{card(doctor, 'accepte/')}?{query}", posted | at_five(duree=sign))
    confirmed = send(client, f"{panel}confirmer/?{query}", posted | {"modalite": ""})
    given_up = send(client, f"{panel}fermer/?{query}", posted)
    assert [each.status_code for each in (noted, refused, accepted, confirmed, given_up)] == [302, 409, 302, 302, 302]
    row = Orientation.objects.get(path="overbooking")
    assert (row.lrm_origin, row.ends_at) == ("", None)
    for ending, status in (("acte", 400), ("heure", 400), ("medecin", 400)):
        answer = send(client, f"/sas/orientations/{row.uuid}/{ending}/?{query}", posted | {"acte": sign, "quand": sign})
        assert answer.status_code == status
    stale = send(client, f"/sas/orientations/{row.uuid}/heure/", posted | {"version": "1"})
    assert stale.status_code == 409


def test_a_key_that_served_for_another_slot_sends_nobody_and_says_so(client: Client) -> None:
    first, second = (make.slot_ids(plage(spot()))[0] for _ in range(2))
    key = str(uuid.uuid4())
    client.post(f"/sas/orientation/agenda/{first}/confirmer/", {"cle": key})
    refused = client.post(f"/sas/orientation/agenda/{second}/confirmer/", {"cle": key})
    assert refused.status_code == 409
    assert "déjà servi" in refused.content.decode()
    assert key not in refused.content.decode()
    assert Orientation.objects.get().slot_id == first


def test_a_key_that_served_for_another_time_or_somebody_else_en_sus_sends_nobody(
    client: Client, doctor: PracticeLocation
) -> None:
    other = directory.place()
    declare_participation(practitioner=other.practitioner, via="individual", **LONG_AGO)
    asked = at_five()
    client.post(card(doctor, "accepte/"), asked)
    for url, fields in ((card(other, "accepte/"), asked), (card(doctor, "accepte/"), asked | {"heure": "18:00"})):
        refused = client.post(url, fields)
        assert refused.status_code == 409
        assert "déjà servi" in refused.content.decode()
        assert asked["cle"] not in refused.content.decode()
    again = client.post(card(doctor, "accepte/"), asked)
    assert again.status_code == 302
    assert Orientation.objects.count() == 1


def test_the_key_of_a_colleague_is_nobody_s(client: Client, other: Client, doctor: PracticeLocation) -> None:
    asked = at_five()
    client.post(card(doctor, "accepte/"), asked)
    other.post(card(doctor, "accepte/"), asked)
    assert Orientation.objects.values("regulator").distinct().count() == 2


def test_a_structure_names_one_of_its_own_doctors_and_nobody_else(client: Client, sender: User) -> None:
    cpts = directory.structure(name="CPTS DES QUAIS", regulation_phone="+33320111111")
    inside, outside = directory.place(), directory.place()
    declare_participation(practitioner=inside.practitioner, via="cpts", structure=cpts, **LONG_AGO)
    row = make.en_sus(sender, make.Receiver(structure_id=cpts.pk))
    url = f"/sas/orientations/{row.uuid}/medecin/"
    refused = client.post(url, {"medecin": str(outside.pk), "version": str(row.version)})
    assert refused.status_code == 409
    assert Orientation.objects.get().practitioner is None
    client.post(url, {"medecin": str(inside.pk), "version": str(row.version)})
    assert Orientation.objects.get().practitioner == inside.practitioner


def test_the_software_of_a_samu_one_does_not_work_for_is_told_nothing(
    client: Client, sender: User, doctor: PracticeLocation
) -> None:
    directory.territory(code="SAS-62")
    make.lrm("SAS-62", "samu62", hub_client_id="fr.health.samu620")
    client.post(f"{card(doctor, 'accepte/')}?origin=samu62", at_five())
    assert Orientation.objects.get().lrm_origin == ""
    assert Message.objects.get().lrm.origin == "samu59"


def test_a_structure_that_closed_since_is_a_refusal(client: Client, sender: User) -> None:
    cpts: Structure = directory.structure(name="CPTS DES QUAIS", regulation_phone="+33320111111")
    inside = directory.place()
    declare_participation(practitioner=inside.practitioner, via="cpts", structure=cpts, **LONG_AGO)
    cpts.ended_on = AT.date()
    cpts.save(update_fields=["ended_on"])
    assert client.get(card(inside)).status_code == 200
    assert client.post(card(inside, "accepte/"), at_five()).status_code == 409


def test_who_takes_part_through_a_structure_that_closed_is_still_booked_at_their_editor(sender: User) -> None:
    cpts = directory.structure(name="CPTS DES QUAIS")
    place = directory.place()
    declare_participation(practitioner=place.practitioner, via="cpts", structure=cpts, **LONG_AGO)
    cpts.ended_on = AT.date()
    cpts.save(update_fields=["ended_on"])
    assert make.opened(sender, place, via="cpts", structure_id=cpts.pk).structure == cpts


def test_who_waits_for_their_territory_to_open_sends_for_those_that_did(nord: Lrm) -> None:
    closed = directory.territory(code="SAS-02", ioa_open=False)
    make.lrm("SAS-02", "samu02", hub_client_id="fr.health.samu020")
    user = make.regulator("SAS-59")
    RoleGrant.objects.create(user=user, role="ioa", territory=closed)
    row = make.en_sus(User.objects.get(pk=user.pk), territory_id=closed.pk, origin="samu02")
    assert (row.territory, row.lrm_origin) == (nord.territory, "")


def test_the_key_of_a_page_that_opened_an_editor_s_slot_opens_no_other(sender: User) -> None:
    place, editor, asking = directory.place(), make.editor(), make.asking(sender)
    given: dict[str, Any] = {"user": sender, "key": asking.key, "origin": "", "territory_id": None, "by": BY, "at": AT}
    first, second = make.chosen(place, editor), make.chosen(place, editor)
    opened = open_editor_orientation(slot=first, **given)
    assert open_editor_orientation(slot=first, **given) == opened
    with pytest.raises(BookingRefused, match="déjà servi"):
        open_editor_orientation(slot=second, **given)


def test_who_has_no_territory_tells_the_software_that_called(nord: Lrm) -> None:
    assert make.en_sus(make.regulator(), origin="samu59").lrm_origin == "samu59"


def test_a_health_centre_names_a_doctor_whom_it_employs(client: Client, sender: User) -> None:
    centre = directory.structure(kind=Structure.Kind.CDS, name="CDS DES QUAIS")
    employed = directory.place(structure=centre)
    row = make.en_sus(sender, Receiver(structure_id=centre.pk))
    url = f"/sas/orientations/{row.uuid}/medecin/"
    assert client.post(url, {"medecin": str(employed.pk), "version": str(row.version)}).status_code == 302
    row.refresh_from_db()
    assert row.practitioner == employed.practitioner
