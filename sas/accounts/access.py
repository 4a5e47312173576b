"""Closed by default: every view says who may enter, with one of these decorators (tests walk the URL map). Then one
function per kind of object says which of them an account may touch.

@public (of sas.web.http)        anyone, signed in or not
@signed_in                       any account that is signed in (its own pages)
@page_for(Permission.X)         accounts whose roles grant it; else the sign-in page, or a 403 page
@stream_for(Permission.X)       the same for an event stream, whose refusals end it politely
@api_for(Permission.X)          the same for a session cookie or a bearer token; else a 401 or 403 problem
"""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase

from sas.accounts.models import MachineClient, RoleGrant, User
from sas.accounts.models.people import rank_of
from sas.accounts.permissions import Permission, Role
from sas.accounts.rules import Standing
from sas.accounts.services import token_digest
from sas.directory.models import Territory
from sas.web.http import RefusedWithReason, problem

View = Callable[..., HttpResponseBase]


def page_for(permission: Permission) -> Callable[[View], View]:
    """A page for accounts that hold `permission`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not account_of(request).may(permission):
                raise _refusal(account_of(request), permission)
            return view(request, *args, **kwargs)

        guarded.access = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def _refusal(user: User, permission: Permission) -> PermissionDenied:
    """With its reason when the role would do but the territory has not opened it (platform.md §1, IOA)."""
    closed = user.closed_ioa_territories
    if permission != Permission.SEARCH or not closed:
        return PermissionDenied()
    return RefusedWithReason(
        f"La recherche n’est pas encore ouverte aux infirmiers organisateurs de l’accueil par {', '.join(closed)}. "
        "Le gestionnaire de comptes de votre territoire vous dira si et quand elle le sera."
    )


def signed_in(view: View) -> View:
    """A page for every account: what it shows and changes is the account's own, or asked by an access function."""
    view.access = "signed_in"  # type: ignore[attr-defined]
    return view


def stream_for(permission: Permission, *, refused: Callable[[str], HttpResponseBase]) -> Callable[[View], View]:
    """An event stream for accounts that hold `permission`; `refused` makes the answer that stops the browser.

    A redirect or a 403 would be tried again for ever by a page left open when its session ended.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return refused("Votre session est terminée : rechargez la page pour vous reconnecter.")
            if not account_of(request).may(permission):
                return refused("Votre compte ne donne plus accès à la recherche.")
            return view(request, *args, **kwargs)

        guarded.access = permission  # type: ignore[attr-defined]
        guarded.refused = refused  # type: ignore[attr-defined]
        return cast(View, login_not_required(guarded))

    return decorate


def api_for(permission: Permission) -> Callable[[View], View]:
    """An API endpoint for sessions and machine clients that hold `permission`; answers problems, never a redirect."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            caller = caller_of(request)
            if caller is None:
                refusal = problem(
                    401,
                    "Authentification nécessaire",
                    "Connectez-vous, ou envoyez l’en-tête « Authorization: Bearer <jeton> » d’un client actif.",
                )
                refusal["WWW-Authenticate"] = 'Bearer realm="sas"'
                return refusal
            if not caller.may(permission):
                return problem(403, "Accès refusé", "Ce compte ou ce jeton ne donne pas accès à cette ressource.")
            return view(request, *args, **kwargs)

        guarded.access = permission  # type: ignore[attr-defined]
        return cast(View, login_not_required(guarded))

    return decorate


def account_of(request: HttpRequest) -> User:
    """The account of a request that a page decorator let in."""
    return cast(User, request.user)


def reached_territories(user: User, permission: Permission) -> QuerySet[Territory]:
    """The territories on which `user` holds `permission`, by code."""
    reach = user.reach(permission)
    known = Territory.objects.order_by("code")
    return known if reach.everywhere else known.filter(pk__in=reach.territories)


def territory_for(user: User, code: str, permission: Permission) -> Territory:
    """That territory, if `permission` holds there; else `Http404`: others are not said to exist."""
    found = reached_territories(user, permission).filter(code=code).first()
    if found is None:
        raise Http404
    return found


def managed_accounts(user: User) -> QuerySet[User]:
    """The accounts that `user` administers: those with a role on a territory of theirs, or all of them."""
    reach = user.reach(Permission.MANAGE_ACCOUNTS)
    if reach.everywhere:
        return User.objects.all()
    there = RoleGrant.objects.filter(user=OuterRef("pk"), territory__in=reach.territories)
    return User.objects.filter(Exists(there))


def managed_account(user: User, pk: int) -> User:
    """That account, if `user` administers it; else `Http404`."""
    found = managed_accounts(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def standing_of_actor(user: User) -> Standing:
    """`user` as somebody who administers accounts (see `sas.accounts.rules`)."""
    reach = user.reach(Permission.MANAGE_ACCOUNTS)
    held = (grant.territory for grant in user.held if grant.territory_id in reach.territories)
    return Standing(user.rank, frozenset(territory.code for territory in held if territory), reach.everywhere)


def standing_of_target(user: User) -> Standing:
    """`user` as somebody who is administered."""
    return standing_of_grants(user.held)


def standing_of_grants(grants: Collection[RoleGrant]) -> Standing:
    """The same from roles that were read already. A delegation received is somebody else's territory, not a role of
    one's own: it counts for none."""
    territories = frozenset(grant.territory.code for grant in grants if grant.territory)
    nowhere = any(grant.territory is None and grant.role != Role.DELEGATE for grant in grants)
    return Standing(rank_of(Role(grant.role) for grant in grants), territories, nowhere=nowhere)


def caller_of(request: HttpRequest) -> User | MachineClient | None:
    """The machine client of the bearer token, else the account of the session, else `None`.

    A token that is sent and wrong is refused even with a good session: the caller meant the token.
    """
    header = request.headers.get("Authorization", "")
    if header:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return None
        return MachineClient.objects.filter(token_sha256=token_digest(token.strip()), is_active=True).first()
    return request.user if request.user.is_authenticated else None
