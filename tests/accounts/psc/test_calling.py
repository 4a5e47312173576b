"""A contextual call (INT_L01) of whoever is not signed in is kept through Pro Santé Connect."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

from sas.accounts.models import User
from tests.accounts.psc.conftest import Visitor
from tests.factories import directory as factories
from tests.factories.orientation import lrm

SENT = {"origin": "TEST-SAMU059", "streetname": "Avenue de l'Été & du 8 mai", "inseecode": "59350"}
CALL = f"/sas/recherche?{urlencode(SENT)}"


def test_a_card_leads_back_to_the_very_call(visitor: Visitor, account_of: Callable[..., User]) -> None:
    account_of()
    factories.territory()
    lrm(origin="TEST-SAMU059")
    asked = visitor.client.get(CALL)
    wanted = parse_qs(urlsplit(asked["Location"]).query)["next"][0]
    page = visitor.client.get(asked["Location"]).content.decode()
    assert 'name="next" value="/sas/recherche?origin=TEST-SAMU059&amp;streetname=' in page
    back = visitor.enter(next=wanted)
    assert back["Location"] == CALL
    assert "streetname" not in str(dict(visitor.client.session))
    answer = visitor.client.get(back["Location"])
    assert answer.status_code == 200
    assert "Médecine générale : Lille (59)" in answer.content.decode()
