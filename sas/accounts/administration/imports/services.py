"""Keeps a file between its preview and its application, and applies it: every good line, in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from sas.accounts.administration.drafts import Draft, plain
from sas.accounts.administration.granting import key_of
from sas.accounts.administration.imports.announcing import announce_account
from sas.accounts.administration.imports.parsing import decode, parse
from sas.accounts.administration.imports.planning import Fate, Plan, Planned, plan
from sas.accounts.invitations import invite_account
from sas.accounts.models import AccountImport, RoleGrant, StructureAttachment, User
from sas.accounts.services import AccountRefused
from sas.web import audit
from sas.web.jobs import defer_many

CHANGED = (
    "Des comptes ont changé depuis l’aperçu : rien n’a été enregistré. Voici le nouvel aperçu ; vérifiez-le avant "
    "d’appliquer."
)
AT_ONCE = 500


@transaction.atomic
def prepare_import(*, file_name: str, content: bytes, by: User, at: datetime) -> AccountImport:
    """Keep a file, and what its preview promises. Raises `UnreadableFile`."""
    text = decode(content)
    promised = plan(parse(text), actor=by, at=at)
    return AccountImport.objects.create(
        made_by=by,
        made_at=at,
        file_name=file_name.replace("\0", "")[:200] or "import.csv",
        content=text,
        plan_digest=promised.digest,
    )


def preview(kept: AccountImport, *, at: datetime) -> Plan:
    """What applying this file would do now."""
    return plan(parse(kept.content), actor=kept.made_by, at=at)


@transaction.atomic
def apply_import(*, kept: AccountImport, by: User, at: datetime) -> AccountImport:
    """Write every good line as it was shown, or nothing: raises `AccountRefused` if it was applied already, or if any
    line would not do exactly what the preview said.

    Accounts that it makes are invited, and those that it makes or changes are announced to listeners, by one job each:
    thousands at once would hold this transaction for too long. An import gives and never takes back: nobody keeps an
    access for having been announced a moment later."""
    held = AccountImport.objects.select_for_update(of=("self",)).get(pk=kept.pk)
    if held.applied_at is not None:
        raise AccountRefused("Cet import a déjà été appliqué.")
    lines = parse(held.content)
    # Whoever edits one of these accounts waits for us, or we for them; then the plan is made of what they left.
    list(User.objects.select_for_update(of=("self",)).filter(email__in=[x.email for x in lines]).order_by("pk"))
    now = plan(lines, actor=by, at=at)
    if now.digest != held.plan_digest:
        raise AccountRefused(CHANGED)
    try:
        with transaction.atomic():
            made = _create([each for each in now.lines if each.fate is Fate.CREATE], now, by, at)
            changed = _update([each for each in now.lines if each.fate is Fate.UPDATE], now, by, at)
    except IntegrityError:  # an account that somebody else made at the same instant
        raise AccountRefused(CHANGED) from None
    defer_many(invite_account, [{"user_id": user.pk, "by": by.audit_label} for user in made])
    defer_many(announce_account, [{**each, "by": by.audit_label, "at": at.isoformat()} for each in changed])
    held.applied_at, held.content = at, ""
    held.created_count, held.updated_count = now.count(Fate.CREATE), now.count(Fate.UPDATE)
    held.skipped_count = now.count(Fate.REFUSED)
    held.save()
    counts = {"created": held.created_count, "updated": held.updated_count, "skipped": held.skipped_count}
    audit.record("import_accounts", by=by.audit_label, at=at, target=f"import {held.pk}", after=counts)
    return held


@transaction.atomic
def renew_preview(*, kept: AccountImport, by: User, at: datetime) -> Plan:
    """Promise what the file would do now, after a change made its first preview void."""
    held = AccountImport.objects.select_for_update(of=("self",)).get(pk=kept.pk)
    now = plan(parse(held.content), actor=by, at=at)
    held.plan_digest = now.digest
    held.save(update_fields=["plan_digest"])
    return now


def _create(planned: Sequence[Planned], now: Plan, by: User, at: datetime) -> list[User]:
    users = []
    for each in planned:
        user = User(email=each.line.email, created_at=at, **each.columns)
        user.set_unusable_password()
        users.append(user)
    User.objects.bulk_create(users, batch_size=AT_ONCE)
    _write_links(list(zip(users, planned, strict=True)), now, at)
    audit.record_many(
        (_created(user, each) for user, each in zip(users, planned, strict=True)), by=by.audit_label, at=at
    )
    return users


def _created(user: User, planned: Planned) -> audit.Written:
    draft = Draft(user.email or "", user.family_name, user.given_name, user.profession, user.may_use_password)
    after = plain(draft) | {"grants": sorted(map(key_of, planned.grants)), "national_id": user.national_id}
    return audit.Written("create_account", user.audit_label, after=after)


def _update(planned: Sequence[Planned], now: Plan, by: User, at: datetime) -> list[dict[str, Any]]:
    pairs = [(each.user, each) for each in planned if each.user is not None]
    told = [
        {"user_id": user.pk, "card": _card(user, each), "grants": sorted(map(key_of, each.grants))}
        for user, each in pairs
    ]
    lines = [_changed(user, each) for user, each in pairs]
    users = [user for user, _ in pairs]
    columns = sorted({name for each in planned for name in each.columns})
    # Every row is locked, and was read since: writing a column that its line leaves alone changes nothing.
    User.objects.bulk_update(users, [*columns, "session_stamp"], batch_size=AT_ONCE)
    audit.record_many(lines, by=by.audit_label, at=at)
    _write_links(pairs, now, at)
    return told


def _card(user: User, planned: Planned) -> str:
    """What a line does to the identifier of the account: `attached`, `replaced` or nothing."""
    if "national_id" not in planned.columns:
        return ""
    return "replaced" if user.national_id else "attached"


def _changed(user: User, planned: Planned) -> audit.Written:
    """Set the columns of this account to those of its line; what the audit trail keeps of it."""
    before = {name: _plain(getattr(user, name)) for name in planned.columns}
    for name, value in planned.columns.items():
        setattr(user, name, value)
    sealed = {"may_use_password", "national_id"} & set(planned.columns)
    user.session_stamp += int(bool(planned.grants) or bool(sealed))
    after = {name: _plain(value) for name, value in planned.columns.items()}
    after |= {"added": sorted(map(key_of, planned.grants)), "structures": [s.national_id for s in planned.structures]}
    return audit.Written("edit_account", user.audit_label, before=before, after=after)


def _write_links(pairs: Sequence[tuple[User, Planned]], now: Plan, at: datetime) -> None:
    grants = [
        RoleGrant(user=user, role=role, territory=now.territories.get(code))
        for user, each in pairs
        for role, code in sorted(each.grants)
    ]
    RoleGrant.objects.bulk_create(grants, batch_size=AT_ONCE)
    attachments = [
        StructureAttachment(user=user, structure=structure, attached_at=at)
        for user, each in pairs
        for structure in each.structures
    ]
    StructureAttachment.objects.bulk_create(attachments, batch_size=AT_ONCE)


def _plain(value: object) -> object:
    return value if isinstance(value, bool | str | None) else str(value)
