"""Accounts of the demonstration, made by the services, and the cards of its people at the Pro Santé Connect sandbox."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Case, Q, When

from demo import sandboxes
from demo.pro_sante_connect.people import person
from demo.scenario import ACCOUNTS, DEPARTMENT, STRANGER, DemoAccount
from demo.scenario_editors import EDITORS, NOT_INTERFACED
from sas.accounts.administration.structures import attach_structure
from sas.accounts.invitations import invite
from sas.accounts.models import User
from sas.accounts.own.services import accept_terms
from sas.accounts.permissions import Role
from sas.accounts.queries import DEMO_PASSWORD
from sas.accounts.services import create_account
from sas.aggregator.models import EditorLink
from sas.directory.models import PracticeLocation, Practitioner, Structure
from sas.participation.models import Participation


def make_accounts(doctors: Sequence[str], departments: Sequence[str], *, by: str, at: datetime) -> None:
    """Make the personas that are not there yet. `doctors` are national ids, in the order of the directory.

    They have accepted the terms, but for the one that was invited: her first sign-in shows everything.
    """
    there = set(User.objects.filter(email__in=[one.email for one in ACCOUNTS]).values_list("email", flat=True))
    territory = f"SAS-{DEPARTMENT if DEPARTMENT in departments else departments[0]}"
    effector = _participant_of_the_first_editor(doctors)
    for account in ACCOUNTS:
        if account.email in there:
            continue
        card = effector if account.effector else account.card or None
        family_name, given_name = _names_of(account, card)
        user, _ = create_account(
            email=account.email,
            roles=[account.role],
            territories=[] if account.national else [territory],
            national_id=None if account.invited else card,
            password=None if account.invited else DEMO_PASSWORD,
            family_name=family_name,
            given_name=given_name,
            by=by,
            at=at,
        )
        if account.invited:
            invite(user=user, by=by, at=at)
        else:
            accept_terms(user=user, version=settings.SAS_TERMS_VERSION, by=by, at=at)
    _attach_structures(departments, at)


def _names_of(account: DemoAccount, card: str | None) -> tuple[str, str]:
    """An effector is called as the directory calls them."""
    known = Practitioner.objects.filter(national_id=card).first() if account.effector else None
    return (known.family_name, known.given_name) if known else (account.family_name, account.given_name)


def _participant_of_the_first_editor(doctors: Sequence[str]) -> str | None:
    """Somebody of whom regulators see slots, and who takes part, on their own if possible; else whoever uses it."""
    linked = EditorLink.objects.filter(editor__key=EDITORS[0].key, national_id__in=doctors)
    using = list(linked.order_by("national_id").values_list("national_id", flat=True))
    there = Participation.objects.filter(ended_on=None, practitioner__national_id__in=using)
    first = there.order_by(Case(When(via="individual", then=0), default=1), "practitioner__national_id").values_list(
        "practitioner__national_id", flat=True
    )
    return first.first() or next(iter(using), None)


def write_cards(data_dir: Path) -> None:
    """A card for each persona who has one, for three doctors who never came, and for a stranger."""
    users = {user.email: user for user in User.objects.filter(email__in=[one.email for one in ACCOUNTS])}
    cards = [_card_of(account, users.get(account.email)) for account in ACCOUNTS]
    people = [card for card in cards if card is not None]
    held = {card["SubjectNameID"] for card in people}
    doctors = PracticeLocation.objects.filter(profession="10", ended_on=None).exclude(national_id__in=held)
    for row in doctors.order_by("national_id").values("national_id", "family_name", "given_name").distinct()[:3]:
        people.append(person(row["national_id"], row["family_name"], row["given_name"] or "X"))
    people.append(person(*STRANGER, profession="60"))
    sandboxes.write_whole(sandboxes.cards_file(data_dir), json.dumps(people, ensure_ascii=False, indent=1).encode())


def _card_of(account: DemoAccount, user: User | None) -> dict[str, object] | None:
    national_id = (user.national_id if user else None) or account.card
    if not national_id:
        return None
    family_name, given_name = (user.family_name, user.given_name) if account.effector and user else (None, None)
    name = (family_name or account.family_name).upper()
    return person(national_id, name, given_name or account.given_name, profession=account.profession)


def _attach_structures(departments: Sequence[str], at: datetime) -> None:
    """The manager of structures manages one of each kind, as a national administrator would have it."""
    manager = User.objects.get(email=next(one.email for one in ACCOUNTS if one.role is Role.STRUCTURE_MANAGER))
    admin = User.objects.get(email=next(one.email for one in ACCOUNTS if one.national))
    there = Structure.objects.filter(department__in=departments, ended_on=None)
    managed = there.filter(Q(kind__in=["cds", "sos"]) | Q(national_id=NOT_INTERFACED)).order_by("pk")
    for structure in managed:
        attach_structure(user=manager, structure=structure, by=admin, at=at)
