"""Valid appointments bent in every way, through the whole server and a real database: never a fault of ours."""

import json

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sas.orientation.models import EditorAppointment
from tests.factories import directory
from tests.fhir.test_appointments import mutated
from tests.orientation.messages import SYSTEM, Sender, issues

SEVERAL = st.lists(st.tuples(mutated(), st.sampled_from(["POST", "PUT", "PUT ?"])), min_size=1, max_size=4)
LENIENT = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@LENIENT
@given(messages=SEVERAL)
@pytest.mark.django_db
def test_whatever_an_editor_sends_is_stored_or_refused_in_words(messages: list[tuple[bytes, str]]) -> None:
    with transaction.atomic():
        alpha = Sender(system=SYSTEM)
        directory.practitioner(national_id="810009876543")
        for body, how in messages:
            answer = alpha.send(how[:4].strip(), f"/fhir/Appointment{'?identifier=x' if '?' in how else ''}", body)
            if answer.status_code in (200, 201):
                assert json.loads(answer.content)["resourceType"] == "Appointment"
                assert EditorAppointment.objects.filter(pk=json.loads(answer.content)["id"]).exists()
            else:
                assert answer.status_code in (400, 422), answer.content
                assert issues(answer)
        transaction.set_rollback(True)
