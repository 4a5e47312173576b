"""What first pages say of accounts at editors: how many wait for account managers, which editors are in trouble."""

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from sas.accounts.landing.lines import Line
from sas.accounts.models import User
from sas.accounts.operations.panels import Panel, PanelRow
from sas.aggregator.models import Editor, EditorAccount
from sas.aggregator.provisioning_queries import visible_rows


def home_lines(user: User) -> list[Line]:
    """Accounts in error, of the territories that `user` administers. One query."""
    in_error = visible_rows(user).filter(state=EditorAccount.State.IN_ERROR)
    count = in_error.aggregate(count=Count("account", distinct=True))["count"]
    label = "compte en erreur chez un éditeur" if count < 2 else "comptes en erreur chez un éditeur"
    return [Line(count, label, reverse("aggregator:accounts"), urgent=True)]


def operators_panel() -> Panel:
    """Editors left alone for now, and those that hold accounts in error. One query; nothing when all is well."""
    now = timezone.now()
    in_error = Count("accounts", filter=Q(accounts__state=EditorAccount.State.IN_ERROR))
    paused = Q(account_lane__paused_until__gt=now)
    troubled = Editor.objects.annotate(in_error=in_error).filter(paused | Q(in_error__gt=0), is_active=True)
    rows = [
        PanelRow(
            editor.name,
            f"{editor.in_error} compte{'s' if editor.in_error > 1 else ''} en erreur"
            if editor.in_error
            else "ne répond pas, laissé en paix quelques minutes",
            "error" if editor.in_error else "warning",
            f"{editor.name} : lisez son message, corrigez ou prévenez-le, puis relancez." if editor.in_error else "",
        )
        for editor in troubled.order_by("name")
    ]
    return Panel("Comptes chez les éditeurs", rows, reverse("aggregator:accounts"))
