"""Accounts at editors in the words of the page: what happened, and what to do."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import formats, timezone

from sas.aggregator.models import EditorAccount

State, Trouble = EditorAccount.State, EditorAccount.Trouble

TONES = {
    State.IN_ORDER: "success",
    State.IN_ERROR: "error",
    State.TO_CREATE: "info",
    State.TO_UPDATE: "info",
    State.TO_WITHDRAW: "warning",
    State.WITHDRAWN: "",
}

WHAT_TO_DO = {
    Trouble.REFUSED: "Corrigez le compte si le message le demande : il repartira de lui-même. Sinon, transmettez ce "
    "message à l’éditeur, puis relancez.",
    Trouble.SILENT: "L’éditeur n’a pas répondu, réessais épuisés. Un nouvel essai aura lieu cette nuit ; relancez plus "
    "tôt s’il est rétabli.",
    Trouble.UNREADABLE: "La réponse n’est pas celle attendue : l’adresse ou l’accès est à vérifier avec l’éditeur. Un "
    "nouvel essai aura lieu cette nuit.",
    Trouble.INCOMPLETE: "",  # the reason says it already
}
LOST = ("Connexion impossible", "Connexion perdue")
STILL_IN = (
    "Le retrait n’a pas abouti : cette personne a peut-être encore un accès chez cet éditeur. Prévenez-le ; un nouvel "
    "essai aura lieu cette nuit."
)


@dataclass(frozen=True, slots=True)
class RowShown:
    """A line of the list. `said` is the editor's own text (or ours), `advice` what to do; both may be empty.

    `technical`: what the network said of a lost connection, for whoever repairs it; one disclosure away.
    """

    pk: int
    account: int
    person: str
    email: str
    editor: str
    editor_key: str
    state: str
    tone: str
    since: datetime
    said: str
    advice: str
    technical: str
    may_retry: bool


def row_shown(row: EditorAccount, *, now: datetime) -> RowShown:
    """What the page says of a row; `row.regulates` comes from the queries."""
    said, advice = explained(row, now=now)
    return RowShown(
        pk=row.pk,
        account=row.account_id,
        person=row.account.full_name or row.account.email or row.account.audit_label,
        email=row.account.email or "",
        editor=row.editor.name,
        editor_key=row.editor.key,
        state=row.get_state_display(),
        tone=TONES[State(row.state)],
        since=row.changed_at,
        said=said,
        advice=advice,
        technical=row.last_error if row.last_error != said and said else "",
        may_retry=row.editor.is_active and (row.state == State.IN_ERROR or bool(row.attempts)),
    )


def explained(row: EditorAccount, *, now: datetime) -> tuple[str, str]:
    """The text received, and what to do about it."""
    if row.state == State.IN_ERROR:
        must_exist = row.account.is_active and row.regulates  # type: ignore[attr-defined]  # annotated
        return _in_words(row.last_error), WHAT_TO_DO[Trouble(row.trouble)] if must_exist else STILL_IN
    if row.next_try_at is None:
        return "", ""
    if not row.editor.is_active:
        return "", "Cet éditeur est désactivé : rien ne lui est envoyé."
    if row.in_flight_since is not None:
        return _in_words(row.last_error), "Envoi en cours."
    if row.next_try_at <= now:
        return _in_words(row.last_error), "Part dès que possible."
    return _in_words(row.last_error), f"Nouvel essai {_at(row.next_try_at, now)}."


def _in_words(error: str) -> str:
    """Without the exception's text of a connection that failed (`accounts_client`); an editor's answer stays whole."""
    return next((start for start in LOST if error.startswith(f"{start} :")), error)


def _at(instant: datetime, now: datetime) -> str:
    local = timezone.localtime(instant)
    hour = formats.date_format(local, "G\u202f\\h\u202fi")
    return f"à {hour}" if local.date() == timezone.localtime(now).date() else f"le {local:%d/%m} à {hour}"
