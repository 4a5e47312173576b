"""What the first page of operators says of the Hub."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from sas.accounts.operations.panels import Panel, PanelRow
from sas.lrm.hub.queries import asking_for_somebody, late, link_now, without_answer


def operators_panel() -> Panel:
    """Connected or not, what asks for somebody, what no SAMU acknowledged, what should have left."""
    now, enabled = timezone.now(), settings.SAS_HUB.enabled
    link = link_now(now=now)
    rows = [PanelRow("Connexion", link.text, link.tone, link.todo if enabled else "")]
    asking = asking_for_somebody().count()
    if asking:
        rows.append(PanelRow("Demandent une intervention", str(asking), "error", "Lisez la raison, puis renvoyez."))
    silent = without_answer(now=now).count()
    if silent:
        todo = "Le SAMU n’accuse pas réception : prévenez l’exploitant de son logiciel."
        rows.append(PanelRow("Sans accusé de réception", str(silent), "warning", todo))
    waiting = late(now=now)
    if waiting:
        todo = "Regardez la connexion et le journal du relais." if enabled else ""
        rows.append(PanelRow("En attente depuis plus de 5 min", str(waiting), "warning" if enabled else "info", todo))
    return Panel("Hub Santé", rows, reverse("lrm_hub:home"))
