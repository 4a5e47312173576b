"""Interfaced editors by stage: what everybody reads, and how an operator moves one."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.aggregator.models import Editor
from sas.aggregator.queries import askable_editors
from sas.aggregator.services import register_editor
from sas.aggregator.stages.services import StageRefused, change_stage
from sas.web.models import AuditLine
from tests.accounts.signing import signed_in_client

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
BY: dict[str, Any] = {"by": "test", "at": AT}


@pytest.fixture
def alpha(db: None) -> Editor:
    register_editor(name="Agenda Brume", base_url="https://brume.invalid/fhir", stage="planned", **BY)
    return register_editor(name="Agenda Alpha", base_url="https://alpha.invalid/fhir", stage="testing", **BY)[0]


def entered(role: Role) -> Client:
    user, _ = create_account(email="x@example.org", roles=[role], by="test", at=timezone.now())
    return signed_in_client(user)


def test_everybody_reads_which_editor_stands_where(alpha: Editor) -> None:
    page = entered(Role.EFFECTOR).get("/editeurs/").content.decode()
    assert page.index("En test") < page.index("Agenda Alpha") < page.index("Envisagé") < page.index("Agenda Brume")
    assert "<select" not in page


def test_an_operator_moves_an_editor_and_searches_follow_at_once(alpha: Editor) -> None:
    assert alpha.key not in askable_editors()
    answer = entered(Role.NATIONAL_ADMIN).post(
        f"/editeurs/{alpha.key}/etape/", {"etape": "slots", "connue": "testing"}, follow=True
    )
    assert "Agenda Alpha : créneaux seulement" in answer.content.decode()
    assert not askable_editors()[alpha.key].books
    line = AuditLine.objects.get(act="change_editor_stage")
    assert (line.before or {})["stage"] == "testing"
    assert (line.after or {})["stage"] == "slots"


def test_only_an_operator_moves_an_editor(alpha: Editor) -> None:
    answer = entered(Role.EFFECTOR).post(f"/editeurs/{alpha.key}/etape/", {"etape": "slots", "connue": "testing"})
    assert answer.status_code == 403
    alpha.refresh_from_db()
    assert alpha.stage == "testing"


def test_a_move_over_somebody_else_s_is_refused_with_what_they_did(alpha: Editor) -> None:
    change_stage(key=alpha.key, stage="slots", known_stage="testing", **BY)
    answer = entered(Role.NATIONAL_ADMIN).post(
        f"/editeurs/{alpha.key}/etape/", {"etape": "agreed", "connue": "testing"}
    )
    assert answer.status_code == 409
    assert "Quelqu’un d’autre a déjà changé" in answer.content.decode()
    assert Editor.objects.get(key=alpha.key).stage == "slots"


@pytest.mark.parametrize(("key", "stage"), [("inconnu", "slots"), ("agenda-alpha", "ailleurs")])
def test_an_unknown_editor_or_stage_is_refused(alpha: Editor, key: str, stage: str) -> None:
    with pytest.raises(StageRefused):
        change_stage(key=key, stage=stage, known_stage="testing", **BY)


def test_the_same_stage_again_writes_nothing(alpha: Editor) -> None:
    before = AuditLine.objects.count()
    change_stage(key=alpha.key, stage="testing", known_stage="testing", **BY)
    assert AuditLine.objects.count() == before
