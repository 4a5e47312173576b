"""The booking page that `Slot.comment` opens (interop.md §1.6): a practitioner's agenda, and one slot to book.

No data about a patient is asked, shown or kept. Booking needs `origin`, which the platform appends to the link:
without it the regulator's access must not be active. With it, a sandbox that requires accounts wants to know whose.
"""

from urllib.parse import urlencode

from aiohttp import web

from editor_kit.sandbox import booking_page, sign_in
from editor_kit.sandbox.agenda import AgendaSlot
from editor_kit.sandbox.html_pages import page, see_other
from editor_kit.sandbox.people import Person
from editor_kit.sandbox.sign_in_page import Visitor
from editor_kit.sandbox.state import SANDBOX

routes = web.RouteTableDef()


@routes.get("/agenda/{key}")
async def show_agenda(request: web.Request) -> web.Response:
    """The agenda, opened on the slot that `creneau` names."""
    person = _person(request)
    if person is None:
        return page(booking_page.unknown_practitioner(), 404)
    if _must_sign_in(request):
        return await sign_in.ask(request)
    slot_id = request.query.get("creneau", "")
    if not slot_id:
        return _agenda(request, person, None)
    slot = request.app[SANDBOX].agendas.find(person, slot_id, now=request.app[SANDBOX].clock())
    if slot is None:
        return _agenda(request, person, None, notice=booking_page.NO_SUCH_SLOT, status=404)
    if request.app[SANDBOX].agendas.is_taken(slot):
        return _agenda(request, person, None, notice=booking_page.JUST_TAKEN, status=409)
    return _agenda(request, person, slot)


@routes.post("/agenda/{key}")
async def book_slot(request: web.Request) -> web.Response:
    """Book the slot that the form names, then send to its confirmation (a reload books nothing)."""
    sandbox = request.app[SANDBOX]
    person = _person(request)
    if person is None:
        return page(booking_page.unknown_practitioner(), 404)
    form = await request.post()
    if not sign_in.is_own_form(request):
        return sign_in.foreign_form()
    if not origin_of(request):
        return _agenda(request, person, None, status=403)
    if _must_sign_in(request):
        return await sign_in.ask(request)
    who = visitor_of(request)
    if who is not None and not sign_in.bears_token(form, who):
        return sign_in.foreign_form()
    slot = sandbox.agendas.find(person, str(form.get("creneau", "")), now=sandbox.clock())
    if slot is None:
        return _agenda(request, person, None, notice=booking_page.NO_SUCH_SLOT, status=404)
    account = sandbox.accounts.get(who.account) if who else None
    made = sandbox.reservations.make(
        person,
        slot,
        account=account.server_id if account else "",
        operator=next(iter(account.identifiers), None) if account else None,
        at=sandbox.clock(),
    )
    if made is None:
        return _agenda(request, person, None, notice=booking_page.JUST_TAKEN, status=409)
    sandbox.tell(made)
    query = urlencode({"origin": origin_of(request)})
    return see_other(f"/agenda/{person.key}/reservation/{made.reference}?{query}")


def _person(request: web.Request) -> Person | None:
    return request.app[SANDBOX].agendas.people.by_key(request.match_info["key"])


def origin_of(request: web.Request) -> str:
    """The `origin` of the address."""
    # Stray bytes of a URL come as lone surrogates, which nothing can write again.
    return request.query.get("origin", "").strip()[:80].encode("utf-8", "replace").decode()


def visitor_of(request: web.Request) -> Visitor | None:
    """Who is signed in, where accounts are required; without `origin` nobody is a regulator here."""
    required = request.app[SANDBOX].accounts_required and origin_of(request)
    return sign_in.visitor(request) if required else None


def _must_sign_in(request: web.Request) -> bool:
    return bool(request.app[SANDBOX].accounts_required and origin_of(request)) and visitor_of(request) is None


def _agenda(
    request: web.Request, person: Person, slot: AgendaSlot | None, *, notice: str = "", status: int = 200
) -> web.Response:
    sandbox = request.app[SANDBOX]
    others = sandbox.agendas.free_slots(person, now=sandbox.clock())[: booking_page.MOST_SLOTS]
    html = booking_page.agenda(person, slot, others, origin_of(request), notice=notice, who=visitor_of(request))
    return page(html, status)
