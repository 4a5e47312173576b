"""What account managers read of editors on their home page: how many accounts wait for them there."""

from django.db.models import Count
from django.urls import reverse

from sas.accounts.landing.lines import Line
from sas.accounts.models import User
from sas.aggregator.models import EditorAccount
from sas.aggregator.provisioning_queries import visible_rows


def home_lines(user: User) -> list[Line]:
    """Accounts in error, of the territories that `user` administers. One query."""
    in_error = visible_rows(user).filter(state=EditorAccount.State.IN_ERROR)
    count = in_error.aggregate(count=Count("account", distinct=True))["count"]
    label = "compte en erreur chez un éditeur" if count < 2 else "comptes en erreur chez un éditeur"
    return [Line(count, label, reverse("aggregator:accounts"), urgent=True)]
