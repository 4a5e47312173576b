"""How an orientation is written: the row, its event, the audit line and the message to the LRM, together or not at
all. Called inside the transaction of an operation of `services.py` or `editor_messages.py`."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.agenda.sheets import AgendaRefused
from sas.lrm.queries import lrm_of_origin
from sas.orientation.asked import Asking, OrientationRefused
from sas.orientation.beginning import insert
from sas.orientation.models import EditorAppointment, Orientation, OrientationEvent
from sas.orientation.rules import Actor, LastAct, Reason
from sas.orientation.telling import known_origin, tell
from sas.web import audit

ONCE = "orientation_once_per_request"
SENDERS = frozenset({Role.REGULATOR, Role.IOA, Role.NATIONAL_ADMIN})


SERVED = "Cette page a déjà servi à adresser un patient : pour en adresser un autre, vérifiez puis validez de nouveau."


def once(asking: Asking, make: Callable[[], Orientation], *, is_it: Callable[[Orientation], bool]) -> Orientation:
    """What `make` records in a transaction, or what the same request recorded already, even at the same time.

    `is_it`: whether that one is what is asked. A key that served for something else is refused (`current`: for what):
    nobody is told that a patient was sent where they were not.
    """
    known = _asked_already(asking, is_it)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return make()
    except (IntegrityError, AgendaRefused) as error:
        # The same request, answered meanwhile: it may be it that took the last place.
        known = _asked_already(asking, is_it)
        if known is not None:
            return known
        if isinstance(error, AgendaRefused):
            raise OrientationRefused(str(error)) from error
        raise


def _asked_already(asking: Asking, is_it: Callable[[Orientation], bool]) -> Orientation | None:
    known = Orientation.objects.filter(regulator=asking.user, key=asking.key).first()
    if known is not None and not is_it(known):
        raise OrientationRefused(SERVED, known)
    return known


def create(
    columns: Mapping[str, Any],
    *,
    act: str,
    actor: Actor,
    audited: str,
    asking: Asking | None = None,
    appointment: EditorAppointment | None = None,
    by: str,
    at: datetime,
) -> Orientation:
    """A new orientation, with the editor's appointment that made it, if one did."""
    asked = {} if asking is None else _asked(asking)
    given = {"created_at": at, "state_since": at, "created_by": by} | asked | dict(columns)
    orientation = Orientation(**given)
    event = _event(orientation, act=act, actor=actor, before="", by=by, at=at)
    said = {"voie": orientation.path, "état": orientation.state}
    (line,) = audit.lines_of([audit.Written(audited, target(orientation), after=said)], by=by, at=at)
    insert(orientation, event, line, appointment)
    tell(orientation, from_editor=actor == Actor.EDITOR, at=at)
    return orientation


def change(
    orientation: Orientation,
    columns: Mapping[str, Any],
    *,
    act: str,
    actor: Actor,
    audited: str,
    reason: Reason | None = None,
    by: str,
    at: datetime,
) -> Orientation:
    """Other values for these columns, of a row that the transaction holds."""
    before = orientation.state
    detail = {name: [_plain(getattr(orientation, name)), _plain(value)] for name, value in columns.items()
              if getattr(orientation, name) != value and name not in {"state", "expected_at"}}  # fmt: skip
    for name, value in columns.items():
        setattr(orientation, name, value)
    if orientation.state != before:
        orientation.state_since = at
    orientation.version += 1
    orientation.save(update_fields=[*columns, "state_since", "version"])
    note(orientation, act=act, actor=actor, before=before, reason=reason or "", detail=detail, by=by, at=at)
    said = {"état": orientation.state}
    audit.record(audited, by=by, at=at, target=target(orientation), before={"état": before}, after=said)
    tell(orientation, from_editor=actor == Actor.EDITOR, at=at)
    return orientation


def note(
    orientation: Orientation,
    *,
    act: str,
    actor: Actor,
    before: str,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
    by: str,
    at: datetime,
) -> None:
    """One event. `detail["side"]` says on what ground, so that each side undoes its own acts."""
    _event(orientation, act=act, actor=actor, before=before, reason=reason, detail=detail, by=by, at=at).save()


def _event(
    orientation: Orientation,
    *,
    act: str,
    actor: Actor,
    before: str,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
    by: str,
    at: datetime,
) -> OrientationEvent:
    return OrientationEvent(
        orientation=orientation,
        at=at,
        by=by,
        act=act,
        before=before,
        after=orientation.state,
        reason=reason,
        detail={"side": actor.value} | dict(detail or {}),
    )


def last_act_of(orientation: Orientation, *, aside: frozenset[Any]) -> LastAct | None:
    """The latest event that bears on the state."""
    events = OrientationEvent.objects.filter(orientation=orientation).exclude(act__in=aside)
    last = events.order_by("-pk").first()
    return LastAct(last.act, last.detail.get("side", ""), last.before, last.at) if last else None


def locked(orientation: Orientation, version: int | None = None) -> Orientation:
    """The row as it stands, for this transaction alone; refused when it is not the version that was read."""
    rows = Orientation.objects.select_for_update(of=("self",), no_key=True)
    row = rows.select_related("practitioner", "structure", "regulator", "use").get(pk=orientation.pk)
    if version is not None and row.version != version:
        raise OrientationRefused("Cette orientation a changé entre-temps : la voici telle qu’elle est.", row)
    return row


def territory_of(user: User, asked: int | None = None, origin: str = "") -> int | None:
    """The SAS for which they act: the one they said, else that of the software that called, else their first; only
    those of their roles. National administrators act for the one they said."""
    held, everywhere = _sends_for(user)
    calling = lrm_of_origin(origin)
    for wanted in (asked, calling.territory_id if calling else None):
        if wanted is not None and (wanted in held or everywhere):
            return wanted
    return held[0] if held else None


def _sends_for(user: User) -> tuple[list[int], bool]:
    """The SAS for which their roles send patients, in order; whether it is for all of them."""
    grants = [grant for grant in user.held if grant.role in SENDERS and grant.is_open]
    held = [grant.territory_id for grant in sorted(grants, key=_by_code) if grant.territory_id is not None]
    return held, any(grant.role == Role.NATIONAL_ADMIN for grant in grants)


def _origin_of(asking: Asking) -> str:
    """The software that called, kept when it is that of a SAS of theirs: an address names it, and whoever writes the
    address would choose which SAMU reads. Who has no territory has no other SAMU than the one that called."""
    origin = known_origin(asking.origin)
    calling = lrm_of_origin(origin)
    held, everywhere = _sends_for(asking.user)
    return origin if calling and (everywhere or not held or calling.territory_id in held) else ""


def _by_code(grant: Any) -> str:
    return str(grant.territory.code) if grant.territory else ""


def _asked(asking: Asking) -> dict[str, Any]:
    return {
        "regulator": asking.user,
        "key": asking.key,
        "territory_id": territory_of(asking.user, asking.territory_id, asking.origin),
        "lrm_origin": _origin_of(asking),
    }


def target(orientation: Orientation) -> str:
    """How the audit trail names it."""
    return f"orientation {orientation.uuid}"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | bool) else str(value)
