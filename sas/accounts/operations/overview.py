"""The first page of operators: what works, what does not, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse

from sas.accounts.operations.dates import moment
from sas.accounts.operations.job_states import (
    NightlyRun,
    StuckJob,
    TaskCount,
    jobs_by_task,
    nightly_runs,
    stuck_jobs,
)
from sas.accounts.operations.panels import Panel, PanelRow, registered_panels
from sas.web.job_queries import STATUS_LABELS, WorkerSeen, workers
from sas.web.models import OutgoingMail

START_IT = "Démarrez-en un : « ./run manage procrastinate worker ». Courriels et comptes chez les éditeurs attendent."


@dataclass(frozen=True)
class Trouble:
    """Something to do, with where."""

    panel: str
    row: PanelRow
    link: str


@dataclass(frozen=True)
class Overview:
    """Everything the page shows."""

    panels: list[Panel]
    tasks: list[TaskCount]
    at: datetime

    @property
    def troubles(self) -> list[Trouble]:
        """What asks for something, all panels together."""
        return [Trouble(panel.title, row, panel.link) for panel in self.panels for row in panel.troubles]


def overview(*, now: datetime) -> Overview:
    """In a constant number of queries, those of the registered panels aside."""
    tasks = jobs_by_task(now=now)
    own = [
        _worker_panel(workers(now=now)),
        _jobs_panel(tasks, stuck_jobs(now=now)),
        _mails_panel(),
        _entering_panel(),
        _nights_panel(nightly_runs(now=now)),
    ]
    return Overview([*own, *registered_panels()], tasks, now)


def _worker_panel(seen: Sequence[WorkerSeen]) -> Panel:
    alive = [worker for worker in seen if worker.alive]
    if alive:
        rows = [PanelRow("État", f"{len(alive)} en marche" if len(alive) > 1 else "en marche", "success")]
        rows.append(PanelRow("Dernier signe de vie", moment(alive[0].last_heartbeat)))
    elif seen:
        rows = [PanelRow("État", f"silencieux depuis le {moment(seen[0].last_heartbeat)}", "error", START_IT)]
    else:
        rows = [PanelRow("État", "aucun travailleur", "error", START_IT)]
    return Panel("Travailleur des tâches de fond", rows)


def _jobs_panel(tasks: Sequence[TaskCount], stuck: Sequence[StuckJob]) -> Panel:
    failed, late = sum(task.failed for task in tasks), [task for task in tasks if task.late]
    rows = [
        PanelRow("En attente", str(sum(task.waiting for task in tasks))),
        PanelRow("En cours", str(sum(task.doing for task in tasks))),
        _count("En échec", failed, "error", "Lisez l’erreur, réparez sa cause, puis relancez."),
        _count(
            "Bloquées",
            len(stuck),
            "warning",
            "Reprises d’elles-mêmes 30 s après la mort d’un travailleur, s’il y en a un autre.",
        ),
    ]
    if late:
        oldest = min(task.oldest for task in late if task.oldest is not None)
        todo = "Le travailleur ne suit pas : vérifiez qu’il vit, lancez-en un second."
        rows.append(PanelRow("Plus ancienne en attente", f"depuis le {moment(oldest)}", "warning", todo))
    return Panel("Tâches de fond", rows, reverse("accounts_operations:jobs"))


def _count(label: str, count: int, tone: str, todo: str) -> PanelRow:
    return PanelRow(label, str(count), tone, todo) if count else PanelRow(label, "0", "success")


def _mails_panel() -> Panel:
    unsent = OutgoingMail.objects.filter(~Q(state=OutgoingMail.State.SENT))  # as the partial index says it
    counts = unsent.aggregate(
        failed=Count("pk", filter=Q(state=OutgoingMail.State.FAILED)),
        retried=Count("pk", filter=Q(state=OutgoingMail.State.WAITING, attempts__gt=0)),
        waiting=Count("pk", filter=Q(state=OutgoingMail.State.WAITING, attempts=0)),
    )
    rows = [
        PanelRow("En attente", str(counts["waiting"])),
        _count(
            "Repris après un refus", counts["retried"], "warning", "Vérifiez le serveur de courriel (SAS_EMAIL_URL)."
        ),
        _count("En échec", counts["failed"], "error", "Corrigez l’adresse sur le compte, ou relancez l’envoi."),
    ]
    return Panel("Courriels", rows, reverse("accounts_operations:mails"))


def _entering_panel() -> Panel:
    entering = settings.SAS_ENTERING
    if entering.psc_issuer:
        card = PanelRow("Pro Santé Connect", "réglé", "success")
    else:
        card = PanelRow(
            "Pro Santé Connect", "non réglé", "warning", "Donnez PSC_ISSUER, PSC_CLIENT_ID et PSC_CLIENT_SECRET."
        )
    if settings.SAS_TERMS_VERSION:
        terms = PanelRow("Conditions d’utilisation", f"version {settings.SAS_TERMS_VERSION}")
    else:
        terms = PanelRow(
            "Conditions d’utilisation",
            "aucune version",
            "warning",
            "Personne n’a rien à accepter : vérifiez que c’est voulu.",
        )
    rows = [
        card,
        PanelRow("Mot de passe", "ouvert aux comptes qui y ont droit" if entering.password_sign_in else "fermé"),
        PanelRow("Second facteur", "obligatoire" if entering.second_factor_required else "facultatif"),
        terms,
    ]
    return Panel("Entrée", rows)


def _nights_panel(runs: Sequence[NightlyRun]) -> Panel:
    return Panel("Dernières passes de nuit", [_night_row(run) for run in runs], reverse("accounts_operations:jobs"))


def _night_row(run: NightlyRun) -> PanelRow:
    if run.at is None:
        return PanelRow(run.label, "jamais, ou il y a plus d’une semaine", "info")
    said = f"{STATUS_LABELS.get(run.status, run.status)}, {moment(run.at)}"
    if run.status == "failed":
        return PanelRow(run.label, said, "error", "Relancez-la depuis la page des tâches.")
    if run.missed:
        todo = "Le travailleur était arrêté à cette heure : laissez-le tourner, elle repassera la nuit prochaine."
        return PanelRow(run.label, said, "warning", todo)
    return PanelRow(run.label, said, "success" if run.status == "succeeded" else "")
