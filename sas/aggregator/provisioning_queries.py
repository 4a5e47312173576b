"""Reads on regulators' accounts at editors: each starts from who looks, and shows accounts of own territories only."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Case, Count, Exists, Max, OuterRef, Q, QuerySet, Value, When
from django.http import Http404

from sas.accounts.access import managed_accounts
from sas.accounts.models import RoleGrant, User
from sas.accounts.permissions import Permission
from sas.aggregator.models import AccountLane, Editor, EditorAccount
from sas.aggregator.provisioning_rules import HAVE_ACCOUNTS

PAGE = 50
LAST_PAGE = 4000
LONGEST_TEXT = 100
TO_WATCH, ALL = "a-surveiller", "tous"

State = EditorAccount.State


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """What the list shows: an editor's key, `TO_WATCH`, `ALL` or one state, words of a name or an address."""

    editor: str = ""
    state: str = TO_WATCH
    text: str = ""
    page: int = 1

    def query(self, page: int = 1) -> str:
        """The same as a query string."""
        said = {"editeur": self.editor, "etat": self.state if self.state != TO_WATCH else "", "texte": self.text}
        return urlencode({name: value for name, value in said.items() if value} | ({"page": page} if page > 1 else {}))

    def values(self) -> dict[str, str]:
        """What it lets pass, for an audit line; not the page."""
        values = {"editor": self.editor, "state": self.state, "text": self.text}
        return {name: value for name, value in values.items() if value}

    @property
    def without_page(self) -> "AccountFilter":
        return replace(self, page=1)


def read_filter(given: Mapping[str, str]) -> AccountFilter:
    """The filter of a query string or a form; what cannot be read is as if it were not there."""
    state = given.get("etat", "")
    page = given.get("page", "")
    return AccountFilter(
        editor=given.get("editeur", "").replace("\0", "")[:60],
        state=state if state in (ALL, *State.values) else TO_WATCH,
        text=" ".join(given.get("texte", "").replace("\0", "").split())[:LONGEST_TEXT],
        page=min(max(int(page), 1), LAST_PAGE) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
    )


@dataclass(frozen=True, slots=True)
class EditorSummary:
    """One editor as a whole, for the accounts that one administers; the lane is that of everybody."""

    key: str
    name: str
    is_active: bool
    is_served: bool
    in_order: int
    waiting: int
    in_error: int
    withdrawn: int
    last_success: datetime | None
    paused_until: datetime | None


@dataclass(frozen=True, slots=True)
class AccountPage:
    """A page of the list."""

    rows: list[EditorAccount]
    total: int
    number: int

    @property
    def last(self) -> int:
        return max(-(-self.total // PAGE), 1)


def visible_rows(user: User) -> QuerySet[EditorAccount]:
    """Accounts at editors that `user` administers. The access function of this kind of object."""
    rows = EditorAccount.objects.all()
    if scope_of(user) is not None:
        rows = rows.filter(account__in=managed_accounts(user))
    return rows


def scope_of(user: User) -> QuerySet[User] | None:
    """The accounts that `user` administers; None for the whole country, which needs no filter."""
    return None if user.reach(Permission.MANAGE_ACCOUNTS).everywhere else managed_accounts(user)


def visible_row(user: User, pk: int) -> EditorAccount:
    """That row, if `user` administers its account; else `Http404`."""
    found = visible_rows(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def editor_keyed(key: str) -> Editor:
    """That editor; else `Http404`. Editors are nobody's in particular: every account manager may see them all."""
    found = Editor.objects.filter(key=key).first()
    if found is None:
        raise Http404
    return found


def summary(user: User, *, now: datetime) -> list[EditorSummary]:
    """Every editor that has accounts or should, by name; three queries whatever their number."""
    counts = _counts(user)
    paused = dict(AccountLane.objects.filter(paused_until__gt=now).values_list("editor", "paused_until"))
    rows = []
    for editor in Editor.objects.order_by("name"):
        served = editor.is_active and editor.stage in Editor.ASKABLE
        if not served and editor.pk not in counts:
            continue
        in_order, waiting, in_error, withdrawn, last_success = counts.get(editor.pk, (0, 0, 0, 0, None))
        rows.append(
            EditorSummary(
                key=editor.key,
                name=editor.name,
                is_active=editor.is_active,
                is_served=served,
                in_order=in_order,
                waiting=waiting,
                in_error=in_error,
                withdrawn=withdrawn,
                last_success=last_success,
                paused_until=paused.get(editor.pk),
            )
        )
    return rows


Counts = tuple[int, int, int, int, datetime | None]


def _counts(user: User) -> dict[int, Counts]:
    counted = (
        visible_rows(user)
        .order_by()
        .values("editor")
        .annotate(
            in_order=Count("pk", filter=Q(state=State.IN_ORDER)),
            waiting=Count("pk", filter=Q(state__in=EditorAccount.WAITING)),
            in_error=Count("pk", filter=Q(state=State.IN_ERROR)),
            withdrawn=Count("pk", filter=Q(state=State.WITHDRAWN)),
            last=Max("accepted_at"),
        )
    )
    columns = counted.values_list("editor", "in_order", "waiting", "in_error", "withdrawn", "last")
    return {row[0]: row[1:] for row in columns}


def account_page(user: User, wanted: AccountFilter) -> AccountPage:
    """The rows wanted, errors first: two queries."""
    rows = _wanted(user, wanted)
    total = rows.count()
    number = min(wanted.page, max(-(-total // PAGE), 1))
    return AccountPage(list(_shown(rows)[(number - 1) * PAGE : number * PAGE]), total, number)


def accounts_counted(user: User, wanted: AccountFilter) -> int:
    """How many the filter finds."""
    return _wanted(user, wanted).count()


def accounts_exported(user: User, wanted: AccountFilter) -> Iterator[EditorAccount]:
    """The whole list, read as it is written."""
    return _shown(_wanted(user, wanted)).iterator(chunk_size=2000)


def account_state(user: User, editor_key: str) -> EditorAccount | None:
    """Where this person's account stands at that editor, None when it was never asked for. For the search: « votre
    compte chez X n’est pas encore créé » is for any other answer than `State.IN_ORDER` of an editor that books."""
    return EditorAccount.objects.filter(account=user, editor__key=editor_key).select_related("editor").first()


def accounts_of(user: User) -> list[EditorAccount]:
    """One person's accounts, by editor."""
    return list(_annotated(EditorAccount.objects.filter(account=user)).order_by("editor__name"))


def _wanted(user: User, wanted: AccountFilter) -> QuerySet[EditorAccount]:
    rows = visible_rows(user)
    if wanted.editor:
        rows = rows.filter(editor__key=wanted.editor)
    if wanted.state == TO_WATCH:
        rows = rows.filter(state__in=(State.IN_ERROR, *EditorAccount.WAITING))
    elif wanted.state != ALL:
        rows = rows.filter(state=wanted.state)
    for word in wanted.text.split():
        name = Q(account__family_name__icontains=word) | Q(account__given_name__icontains=word)
        rows = rows.filter(name | Q(account__email__icontains=word))
    return rows


def _shown(rows: QuerySet[EditorAccount]) -> QuerySet[EditorAccount]:
    error = When(state=State.IN_ERROR, then=Value(0))
    rank = Case(error, When(state__in=EditorAccount.WAITING, then=Value(1)), default=Value(2))
    ordered = _annotated(rows).annotate(rank=rank)
    return ordered.order_by("rank", "account__family_name", "account__given_name", "account", "editor__name")


def _annotated(rows: QuerySet[EditorAccount]) -> QuerySet[EditorAccount]:
    held = RoleGrant.objects.filter(user=OuterRef("account"), role__in=HAVE_ACCOUNTS)
    return rows.annotate(regulates=Exists(held)).select_related("account", "editor")
