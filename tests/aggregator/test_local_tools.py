"""Local tools: registered by a command, linked out to with what is searched."""

from datetime import UTC, datetime
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from sas.aggregator.local_tools import Where, filled, local_tools_for
from sas.aggregator.models import LocalTool
from sas.aggregator.services import register_editor
from sas.web.models import AuditLine
from tests.factories import directory as make

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
LINK = "https://outil.invalid/?l={lat},{lon}&c={insee}&s={specialty}"


def run(**changes: Any) -> str:
    said = StringIO()
    options = {"territory": "SAS-59", "name": "Med Local", "link": LINK, "editor": "Med Local"} | changes
    call_command("add_local_tool", **options, stdout=said)
    return said.getvalue()


@pytest.fixture
def nord(db: None) -> None:
    make.territory()
    make.territory(code="SAS-62", label="SAS du Pas-de-Calais")
    register_editor(name="Med Local", base_url="https://local.invalid/fhir", stage="planned", by="test", at=AT)


def test_a_tool_is_registered_once_and_brought_up_to_date(nord: None) -> None:
    assert "proposé aux régulateurs" in run()
    run()
    assert AuditLine.objects.filter(act="register_local_tool").count() == 1
    run(name="Med Local 59", active="no")
    assert LocalTool.objects.values_list("name", "is_active").get() == ("Med Local 59", False)
    assert local_tools_for(["SAS-59"], Where()) == []


def test_a_regulator_is_led_there_with_the_place_and_the_specialty(nord: None) -> None:
    run()
    [found] = local_tools_for(["SAS-59", "SAS-62"], Where(50.63, 3.0709, "59350", "SM54"))
    assert (found.name, found.territory) == ("Med Local", "SAS du Nord")
    assert found.url == "https://outil.invalid/?l=50.63000,3.07090&c=59350&s=SM54"
    assert local_tools_for(["SAS-62"], Where()) == []


def test_what_is_not_known_is_left_empty(nord: None) -> None:
    assert filled(LINK, Where(insee="59350")) == "https://outil.invalid/?l=,&c=59350&s="


@given(insee=st.text(max_size=20), specialty=st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_nothing_searched_leaves_its_place_in_the_address(insee: str, specialty: str) -> None:
    insee = insee.encode("utf-8", "ignore").decode()
    parts = urlsplit(filled(LINK, Where(1.0, 2.0, insee, specialty)))
    assert parts.netloc == "outil.invalid"
    read = parse_qs(parts.query, keep_blank_values=True)
    assert (read["c"], read["s"]) == ([insee], [specialty])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"territory": "SAS-99"}, "Aucun territoire"),
        ({"editor": "Inconnu"}, "Aucun éditeur"),
        ({"link": "outil.invalid"}, "n’est pas une adresse"),
        ({"link": "javascript:alert(1)"}, "n’est pas une adresse"),
        ({"link": "https://{specialty}.invalid/"}, "n’est pas une adresse"),
        ({"link": "https://outil.invalid/a b"}, "n’est pas une adresse"),
        ({"link": "https://[oops/"}, "n’est pas une adresse"),
        ({"name": "  "}, "nom"),
    ],
)
def test_what_cannot_be_registered_says_why(nord: None, changes: dict[str, str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(**changes)
    assert not LocalTool.objects.exists()


def test_an_editor_signs_for_one_tool_only(nord: None) -> None:
    run()
    with pytest.raises(CommandError, match="un éditeur par outil"):
        run(territory="SAS-62")
