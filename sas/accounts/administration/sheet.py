"""The help sheet of a person: who they are, what they may do, why they could not enter, what was done to them.

A package above `accounts` adds its own section from its `AppConfig.ready()`:

    from sas.accounts.administration.sheet import SheetRow, register_section

    def accounts_at_editors(user: User) -> list[SheetRow]: ...

    register_section("Comptes chez les éditeurs", accounts_at_editors)

The callable is given the account of the sheet, and answers with its rows in one query or two; an empty list hides the
section. It only reads (the sheet is a GET), and whoever may see the sheet may see its rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator

from sas.accounts.administration.granting import touchable
from sas.accounts.administration.history import HistoryLine, history_of_account
from sas.accounts.administration.queries import state_of
from sas.accounts.administration.refusals import Explained, last_sign_ins
from sas.accounts.administration.services import why_not_manage
from sas.accounts.invitations import why_not_invite
from sas.accounts.models import Invitation, RoleGrant, StructureAttachment, User
from sas.accounts.own.passwords import locked_until
from sas.accounts.permissions import Permission, Role
from sas.web.mail_queries import MailSeen, mails_about

HISTORY = 20
MAILS = 10
FACTORS = {
    Authenticator.Type.TOTP: "application de codes (TOTP)",
    Authenticator.Type.WEBAUTHN: "clé d’accès",
    Authenticator.Type.RECOVERY_CODES: "codes de récupération",
}


@dataclass(frozen=True)
class SheetRow:
    """One line of a section: « Agenda Alpha : en erreur ». `tone` colours the value's badge: `success`, `info`,
    `warning`, `error`, or empty for plain text. `link`: where to see or repair it, if anywhere."""

    label: str
    value: str
    tone: str = ""
    link: str = ""


Section = Callable[[User], list[SheetRow]]

_SECTIONS: dict[str, Section] = {}


def register_section(title: str, rows: Section) -> None:
    """Show `rows(user)` under `title` on every help sheet from now on; the same title again replaces it."""
    _SECTIONS[title] = rows


@dataclass(frozen=True)
class RoleSeen:
    """A role of the sheet; `mine`: whoever reads may take it back."""

    label: str
    place: str
    mine: bool


@dataclass(frozen=True)
class InvitationSeen:
    """The last invitation, in words."""

    label: str
    tone: str
    sent_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Sheet:
    """Everything the page shows. Reasons are French sentences: absent when the act is allowed."""

    user: User
    state: str
    tone: str
    roles: list[RoleSeen]
    why_not_manage: str | None
    may_remove_own_roles: bool
    locked_until: datetime | None
    sign_ins: list[Explained]
    invitation: InvitationSeen | None
    why_not_invite: str | None
    factors: list[str]
    structures: list[StructureAttachment]
    manages_structures: bool
    may_delegate: bool
    sections: list[tuple[str, list[SheetRow]]]
    history: list[HistoryLine]
    mails: list[MailSeen]


def sheet_of(user: User, *, actor: User, now: datetime) -> Sheet:
    """The sheet of an account that `actor` administers: a constant number of queries."""
    state, tone = state_of(user, now)
    mine = touchable(actor, {_pair(grant) for grant in user.held})
    others = bool({_pair(grant) for grant in user.held} - mine)
    return Sheet(
        user=user,
        state=state,
        tone=tone,
        roles=[_role(grant, mine) for grant in user.held],
        why_not_manage=why_not_manage(actor, user),
        may_remove_own_roles=bool(mine) and others and actor.pk != user.pk and user.rank <= actor.rank,
        locked_until=locked_until(user, at=now),
        sign_ins=last_sign_ins(user),
        invitation=_invitation(user, now),
        why_not_invite=why_not_invite(user),
        factors=_factors(user),
        structures=list(user.attachments.select_related("structure").order_by("structure__name_key")),
        manages_structures=Role.STRUCTURE_MANAGER in user.roles,
        may_delegate=user.may(Permission.DELEGATE),
        sections=[(title, shown) for title, rows in _SECTIONS.items() if (shown := rows(user))],
        history=history_of_account(user, most=HISTORY),
        mails=mails_about(user.audit_label, most=MAILS),
    )


def _pair(grant: RoleGrant) -> tuple[Role, str]:
    return Role(grant.role), grant.territory.code if grant.territory else ""


def _role(grant: RoleGrant, mine: set[tuple[Role, str]]) -> RoleSeen:
    place = str(grant.territory) if grant.territory else "sans territoire"
    return RoleSeen(Role(grant.role).label, place, _pair(grant) in mine)


def _factors(user: User) -> list[str]:
    kinds = Authenticator.objects.filter(user_id=user.pk).order_by("type").values_list("type", flat=True)
    return [FACTORS.get(Authenticator.Type(kind), kind) for kind in dict.fromkeys(kinds)]


def _invitation(user: User, now: datetime) -> InvitationSeen | None:
    last: Invitation | None = user.invitations.order_by("-created_at", "-pk").first()
    if last is None:
        return None
    if last.used_at is not None:
        label, tone = "utilisée", "success"
    elif last.revoked_at is not None:
        label, tone = "annulée", "info"
    elif now < last.expires_at:
        label, tone = "en attente de la personne", "info"
    else:
        label, tone = "expirée : renvoyez-la", "warning"
    return InvitationSeen(label, tone, last.created_at, last.expires_at)
