"""What makes the demonstration's accounts live: requests to answer, accounts in every state, neighbours, delegations.

Each story is told once, by the services: one that is there already is left as people made it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from demo.scenario import NEIGHBOURS, OTHERS, REQUESTS, SIGNED_IN
from sas.accounts.administration.dormant import today_of, treat_dormant
from sas.accounts.administration.requests import ask_for_account
from sas.accounts.changes import Change, announce
from sas.accounts.closing import close_account
from sas.accounts.delegations.answering import accept_delegation
from sas.accounts.delegations.rules import terms_seal
from sas.accounts.delegations.services import Proposal, propose_delegation
from sas.accounts.entering import note_refusal
from sas.accounts.models import AccountRequest, Delegation, SignIn, User
from sas.accounts.own.rules import WRONG_BEFORE_LOCK
from sas.accounts.own.services import accept_terms
from sas.accounts.permissions import Role
from sas.accounts.queries import DEMO_PASSWORD
from sas.accounts.services import create_account
from sas.directory.filieres import PROPOSALS, add_filiere
from sas.directory.gazetteer import gazetteer
from sas.directory.models import Territory
from sas.directory.territories import Limits, create_territory

UNUSED = timedelta(days=250)
"""Past the first warning (eight months), short of the second."""


def tell(code: str, *, by: str, at: datetime) -> None:
    """Tell every story of the territory `code`, which is there with its personas."""
    territory = Territory.objects.get(code=code)
    _make_neighbours(by, at)
    _make_others(code, by, at)
    _ask(territory, at)
    _enter(at)
    _delegate(at)
    if not territory.filieres.exists():
        for proposal in PROPOSALS[:3]:
            add_filiere(territory=territory, sheet=proposal.sheet, starts_on=today_of(at), by=by, at=at)


def _make_neighbours(by: str, at: datetime) -> None:
    for department, state in NEIGHBOURS.items():
        known = gazetteer().department(department)
        code = f"SAS-{department}"
        if known is None or Territory.objects.filter(code=code).exists():
            continue
        limits = Limits(label=f"SAS {known.name} (démonstration)", departments=[department], timezone=known.timezone)
        create_territory(code=code, limits=limits, state=Territory.State(state), since=today_of(at), by=by, at=at)


def _make_others(code: str, by: str, at: datetime) -> None:
    after: dict[str, Callable[[User, str, datetime], None]] = {
        "locked": _lock, "dormant": _let_sleep, "expiring": _let_expire, "closed": _close,
    }  # fmt: skip
    for email, family_name, given_name, story in OTHERS:
        if User.objects.filter(email=email).exists():
            continue
        user, _ = create_account(
            email=email,
            roles=[Role.REGULATOR],
            territories=[code],
            password=DEMO_PASSWORD,
            family_name=family_name,
            given_name=given_name,
            by=by,
            at=at,
        )
        accept_terms(user=user, version=settings.SAS_TERMS_VERSION, by=by, at=at)
        after[story](user, by, at)


def _lock(user: User, by: str, at: datetime) -> None:
    for _ in range(WRONG_BEFORE_LOCK):
        note_refusal(HttpRequest(), method=SignIn.Method.PASSWORD, refusal="wrong_password", at=at, user=user)


def _let_sleep(user: User, by: str, at: datetime) -> None:
    User.objects.filter(pk=user.pk).update(created_at=at - 2 * UNUSED, last_login=at - UNUSED)
    treat_dormant(user_id=user.pk, at=at)


def _let_expire(user: User, by: str, at: datetime) -> None:
    User.objects.filter(pk=user.pk).update(expires_on=today_of(at) + timedelta(days=10))


def _close(user: User, by: str, at: datetime) -> None:
    close_account(user=user, reason=User.ClosedFor.DECISION, by=by, at=at, why="a quitté le SAS")


def _ask(territory: Territory, at: datetime) -> None:
    for email, family_name, given_name, role, message in REQUESTS:
        if AccountRequest.objects.filter(email=email).exists():
            continue
        names = {"email": email, "family_name": family_name, "given_name": given_name, "message": message}
        ask_for_account(territory=territory, role=role, **names, by="démonstration", at=at)


@transaction.atomic
def _enter(at: datetime) -> None:
    """Regulators who came once: editors are told of them (platform.md §2.7). There is no browser here to sign in."""
    for user in User.objects.filter(email__in=SIGNED_IN, last_login=None).order_by("pk"):
        User.objects.filter(pk=user.pk).update(last_login=at)
        announce(Change.SIGNED_IN, user, at=at)


def _delegate(at: datetime) -> None:
    """One in force, from the effector to the delegate; one that waits for its answer."""
    effector = User.objects.filter(email="effecteur@demo.invalid").first()
    delegate = User.objects.filter(email="delegataire@demo.invalid").first()
    if effector is None or delegate is None or Delegation.objects.filter(delegator=effector).exists():
        return
    until = today_of(at) + timedelta(days=180)
    scopes = frozenset({"agenda", "settings"})
    named = Proposal(delegate.family_name, delegate.given_name, delegate.email or "", None, scopes, until)
    made = propose_delegation(delegator=effector, proposal=named, by=effector.audit_label, at=at)
    accept_delegation(
        delegation=made.pk,
        user=delegate,
        seen=terms_seal(scopes=made.scopes, ends_on=made.ends_on),
        by=delegate.audit_label,
        at=at,
    )
    waiting = Proposal("Attente", "Alix", "alix@demo.invalid", None, frozenset({"agenda"}), until)
    propose_delegation(delegator=effector, proposal=waiting, by=effector.audit_label, at=at)
