"""What the pages of accounts at editors answer: each calls one service or a few queries, and says what happened."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from sas.accounts.access import account_of
from sas.accounts.administration.sheet import SheetRow
from sas.accounts.models import User
from sas.aggregator.models import EditorAccount
from sas.aggregator.provisioning import MOST_RETRIED, RetryRefused, retry_editor, retry_one
from sas.aggregator.provisioning_queries import (
    ALL,
    TO_WATCH,
    AccountFilter,
    account_page,
    accounts_of,
    editor_keyed,
    read_filter,
    scope_of,
    summary,
    visible_row,
)
from sas.aggregator.provisioning_texts import TONES, explained, row_shown

State = EditorAccount.State
LIST = "aggregator:accounts"
STATES = [
    (TO_WATCH, "À surveiller"),
    (ALL, "Tous"),
    *((state.value, str(state.label)) for state in EditorAccount.State),
]


def list_page(request: HttpRequest, *, refusal: str = "") -> HttpResponse:
    """Editors as a whole, then the rows wanted; `refusal` says why a press changed nothing."""
    user, now = account_of(request), timezone.now()
    wanted = read_filter(request.GET if request.method in ("GET", "HEAD") else request.POST)
    page = account_page(user, wanted)
    context: dict[str, Any] = {
        "editors": summary(user, now=now),
        "page": page,
        "rows": [row_shown(row, now=now) for row in page.rows],
        "wanted": wanted,
        "states": STATES,
        "previous": wanted.query(page.number - 1) if page.number > 1 else None,
        "following": wanted.query(page.number + 1) if page.number < page.last else None,
        "refusal": refusal,
        "most": MOST_RETRIED,
    }
    return render(request, "aggregator/accounts.html", context, status=422 if refusal else 200)


def retried_one(request: HttpRequest, pk: int) -> HttpResponse:
    """One account, told again."""
    row = visible_row(account_of(request), pk)
    try:
        row = retry_one(row_id=row.pk, by=account_of(request).audit_label, at=timezone.now())
    except RetryRefused as refusal:
        return list_page(request, refusal=str(refusal))
    messages.success(request, f"Le compte repart vers {row.editor.name} : rechargez la page dans un instant.")
    return _back(request)


def retried_editor(request: HttpRequest, key: str) -> HttpResponse:
    """Every account in error at one editor, of those that one administers."""
    user, editor = account_of(request), editor_keyed(key)
    try:
        count = retry_editor(editor=editor, accounts=scope_of(user), by=user.audit_label, at=timezone.now())
    except RetryRefused as refusal:
        return list_page(request, refusal=str(refusal))
    plural = "s repartent" if count > 1 else " repart"
    messages.success(request, f"{count} compte{plural} vers {editor.name} : rechargez la page dans un instant.")
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    wanted = read_filter(request.POST)
    query = wanted.query(wanted.page)
    return redirect(reverse(LIST) + (f"?{query}" if query else ""))


def sheet_rows(user: User) -> list[SheetRow]:
    """The section « Comptes chez les éditeurs » of a person's help sheet: one query."""
    now = timezone.now()
    rows = []
    for row in accounts_of(user):
        said, advice = explained(row, now=now)
        value = " — ".join(part for part in (str(row.get_state_display()), said, advice) if part)
        rows.append(SheetRow(row.editor.name, value, TONES[State(row.state)], _link(user)))
    return rows


def _link(user: User) -> str:
    try:
        return f"{reverse(LIST)}?{AccountFilter(state=ALL, text=user.email or '').query()}"
    except NoReverseMatch:
        return ""
