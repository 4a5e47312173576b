"""The home page of account managers counts the accounts that an editor refused, in own territories only."""

from datetime import timedelta

from bs4 import BeautifulSoup
from django.utils import timezone

from sas.aggregator.models import AccountLane, EditorAccount
from sas.aggregator.provisioning import catch_up
from sas.aggregator.provisioning_home import operators_panel
from tests.aggregator.regulators import AT, editor, regulator
from tests.aggregator.test_provisioning_pages import in_error, manager
from tests.factories import directory


def test_accounts_in_error_are_counted_once_and_lead_to_their_page(db: None) -> None:
    for code in ("SAS-59", "SAS-13"):
        directory.territory(code=code)
    alpha, brume = editor("Agenda Alpha"), editor("Agenda Brume")
    here, there = regulator(territories=["SAS-59"]), regulator(territories=["SAS-13"])
    catch_up(at=AT)
    for user, of in ((here, alpha), (here, brume), (there, alpha)):
        in_error(user, of)
    page = BeautifulSoup(manager("SAS-59").get("/").content, "html.parser")
    line = next(one for one in page.select(".sas-counts li") if "éditeur" in one.get_text())
    assert " ".join(line.get_text(" ").split()) == "1 compte en erreur chez un éditeur à faire"
    assert line.select_one('a[href="/gestion/editeurs/comptes/"]')


def test_operators_read_which_editor_is_in_trouble_and_nothing_when_none_is(db: None) -> None:
    directory.territory(code="SAS-59")
    alpha = editor("Agenda Alpha")
    user = regulator(territories=["SAS-59"])
    catch_up(at=AT)
    assert operators_panel().rows == []
    in_error(user, alpha)
    panel = operators_panel()
    assert [(row.label, row.value, row.tone) for row in panel.rows] == [("Agenda Alpha", "1 compte en erreur", "error")]
    AccountLane.objects.update_or_create(editor=alpha, defaults={"paused_until": timezone.now() + timedelta(hours=1)})
    EditorAccount.objects.all().delete()
    assert [row.tone for row in operators_panel().rows] == ["warning"]
