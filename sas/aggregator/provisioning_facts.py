"""The facts of the rules, read from the database as they are now."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from sas.accounts.models import RoleGrant, User
from sas.aggregator.models import Editor, EditorAccount
from sas.aggregator.provisioning_rules import HAVE_ACCOUNTS, Person, Situation
from sas.fhir.practitioners import AccountIdentifier, RegulatorAccount


def people(accounts: Iterable[int]) -> dict[int, Person]:
    """These accounts as editors must know them, by primary key; one query."""
    held = RoleGrant.objects.filter(user=OuterRef("pk"), role__in=HAVE_ACCOUNTS)
    columns = ("pk", "is_active", "regulates", "family_name", "given_name", "email", "technical_id", "national_id")
    rows = User.objects.filter(pk__in=set(accounts)).annotate(regulates=Exists(held)).values_list(*columns)
    return {
        pk: Person(is_active and regulates, family, given, email or "", str(technical_id), national_id or "")
        for pk, is_active, regulates, family, given, email, technical_id, national_id in rows
    }


def situation_of(row: EditorAccount, editor: Editor, person: Person, *, leaving: bool = False) -> Situation:
    """Everything that decides about `row`."""
    return Situation(
        person=person,
        accepted=accepted_by(row),
        unsure=tuple(map(identifier_of, row.unsure)),
        served=editor.is_active and editor.stage in Editor.ASKABLE,
        active=editor.is_active,
        leaving=leaving,
    )


def accepted_by(row: EditorAccount) -> RegulatorAccount | None:
    """What the editor accepted last."""
    if row.sent_system is None or row.sent_value is None or row.accepted_active is None:
        return None
    return RegulatorAccount(
        identifier=AccountIdentifier(row.sent_system, row.sent_value),
        active=row.accepted_active,
        family=row.accepted_family or "",
        given=row.accepted_given or "",
        email=row.accepted_email or "",
    )


def identifier_of(text: str) -> AccountIdentifier:
    """The identifier that `str` wrote: `system|value`."""
    system, _, value = text.partition("|")
    return AccountIdentifier(system, value)
