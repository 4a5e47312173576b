"""`add_lrm` and `relay_hub`, as an operator types them."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from sas.lrm.models import Lrm
from sas.web.models import AuditLine
from tests.factories import directory

pytestmark = pytest.mark.django_db
ASKED = {"origin": "Regulo-59", "territory": "SAS-59", "hub_client_id": "fr.health.samu590"}


def test_an_lrm_is_registered_once_and_brought_to_new_values() -> None:
    directory.territory()
    said = StringIO()
    for _ in range(2):
        call_command("add_lrm", **ASKED, software="Régulo", stdout=said)
    assert "informé des orientations" in said.getvalue()
    assert AuditLine.objects.filter(act="register_lrm").count() == 1
    call_command("add_lrm", **ASKED, regulator="no", active="no", stdout=StringIO())
    lrm = Lrm.objects.get()
    assert (lrm.software, lrm.tells_regulator, lrm.is_active) == ("Régulo", False, False)
    assert AuditLine.objects.filter(act="register_lrm").count() == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"territory": "SAS-00"}, "Aucun territoire"),
        ({"hub_client_id": "fr.health.samu_590"}, "sans « _ »"),
        ({"origin": ""}, "."),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(change: dict[str, str], said: str) -> None:
    directory.territory()
    with pytest.raises(CommandError, match=said):
        call_command("add_lrm", **ASKED | change)
    assert not Lrm.objects.exists()


def test_the_relay_does_not_start_while_the_hub_is_off() -> None:
    with pytest.raises(CommandError, match="HUB_ENABLED"):
        call_command("relay_hub")
