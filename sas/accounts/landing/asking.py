"""From the form of the signed-out home to the managers' list."""

from django.http import HttpRequest
from django.utils import timezone

from sas.accounts.administration.requests import TooManyRequestsError, ask_for_account
from sas.accounts.entering import address_of
from sas.accounts.landing.forms import AccountRequestForm
from sas.accounts.services import AccountRefused


def ask(request: HttpRequest, form: AccountRequestForm) -> int:
    """Keep what the form asks. Returns 200, or the status of a form to be shown again, with its errors."""
    if not form.is_valid():
        return 422
    try:
        ask_for_account(**form.asked(), by=address_of(request) or "inconnue", at=timezone.now())
    except AccountRefused as refused:
        form.add_error(None, str(refused))
        return 422
    except TooManyRequestsError as refused:
        form.add_error(None, str(refused))
        return 429
    return 200
