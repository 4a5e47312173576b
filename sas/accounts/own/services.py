"""What people do about their own account: accept the terms, give a contact address."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from sas.accounts.changes import Change, announce
from sas.accounts.models import TermsAcceptance, User
from sas.accounts.services import AccountRefused
from sas.web import audit


@transaction.atomic
def accept_terms(*, user: User, version: str, by: str, at: datetime) -> bool:
    """Keep that this version of the terms was accepted; False when it was already."""
    _, made = TermsAcceptance.objects.get_or_create(user=user, version=version, defaults={"at": at})
    if made:
        audit.record("accept_terms", by=by, at=at, target=user.audit_label, after={"version": version})
    return made


def has_accepted(user: User, version: str) -> bool:
    """Whether this account accepted that version; one query."""
    return TermsAcceptance.objects.filter(user=user, version=version).exists()


@transaction.atomic
def give_contact_address(*, user: User, email: str, by: str, at: datetime) -> None:
    """Give an address to an account that has none. Raises `AccountRefused` when it has one already (an account manager
    changes it), or when the address is malformed or another account's."""
    held = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if held.email:
        raise AccountRefused("Votre compte a déjà une adresse : votre gestionnaire de comptes peut la changer.")
    held.email = email.strip().lower()
    try:
        validate_email(held.email)
        held.clean_fields(exclude=["password"])
        with transaction.atomic():
            held.save(update_fields=["email"])
    except ValidationError:
        raise AccountRefused("Cette adresse est mal formée. Exemple : prenom.nom@exemple.fr.") from None
    except IntegrityError:
        raise AccountRefused("Cette adresse est celle d’un autre compte : donnez-en une autre.") from None
    audit.record("give_contact_address", by=by, at=at, target=user.audit_label)
    announce(Change.UPDATED, held, at=at)
