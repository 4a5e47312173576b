"""The home page of account managers counts the accounts that an editor refused, in own territories only."""

from bs4 import BeautifulSoup

from sas.aggregator.provisioning import catch_up
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
