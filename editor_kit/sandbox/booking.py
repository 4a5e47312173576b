"""The booking page that `Slot.comment` opens (interop.md §1.6): a practitioner's agenda, and one slot to book.

No data about a patient is asked, shown or kept. Booking needs `origin`, which the platform appends to the link:
without it the regulator's access must not be active.
"""

import secrets
from urllib.parse import urlencode

from aiohttp import hdrs, web

from editor_kit.sandbox import booking_page
from editor_kit.sandbox.agenda import AgendaSlot
from editor_kit.sandbox.people import Person
from editor_kit.sandbox.state import SANDBOX

routes = web.RouteTableDef()

_HEADERS = {
    "Content-Security-Policy": booking_page.CONTENT_SECURITY_POLICY,
    hdrs.CACHE_CONTROL: "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@routes.get("/agenda/{key}")
async def show_agenda(request: web.Request) -> web.Response:
    """The agenda, opened on the slot that `creneau` names."""
    person = _person(request)
    if person is None:
        return _page(booking_page.unknown_practitioner(), 404)
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
        return _page(booking_page.unknown_practitioner(), 404)
    form = await request.post()
    if not _origin(request):
        return _agenda(request, person, None, status=403)
    slot = sandbox.agendas.find(person, str(form.get("creneau", "")), now=sandbox.clock())
    if slot is None:
        return _agenda(request, person, None, notice=booking_page.NO_SUCH_SLOT, status=404)
    if not sandbox.agendas.book(slot):
        return _agenda(request, person, None, notice=booking_page.JUST_TAKEN, status=409)
    reference = secrets.token_urlsafe(9)
    sandbox.reservations[reference] = slot
    query = urlencode({"origin": _origin(request)})
    raise web.HTTPSeeOther(f"/agenda/{person.key}/reservation/{reference}?{query}")


@routes.get("/agenda/{key}/reservation/{reference}")
async def show_reservation(request: web.Request) -> web.Response:
    """The confirmation of a booking."""
    person = _person(request)
    slot = request.app[SANDBOX].reservations.get(request.match_info["reference"])
    if person is None or slot is None:
        return _page(booking_page.unknown_practitioner(), 404)
    return _page(booking_page.reservation(person, slot, _origin(request)), 200)


def _person(request: web.Request) -> Person | None:
    return request.app[SANDBOX].agendas.people.by_key(request.match_info["key"])


def _origin(request: web.Request) -> str:
    # Stray bytes of a URL come as lone surrogates, which nothing can write again.
    return request.query.get("origin", "").strip()[:80].encode("utf-8", "replace").decode()


def _agenda(
    request: web.Request, person: Person, slot: AgendaSlot | None, *, notice: str = "", status: int = 200
) -> web.Response:
    sandbox = request.app[SANDBOX]
    others = sandbox.agendas.free_slots(person, now=sandbox.clock())[: booking_page.MOST_SLOTS]
    return _page(booking_page.agenda(person, slot, others, _origin(request), notice), status)


def _page(html: str, status: int) -> web.Response:
    return web.Response(status=status, text=html, content_type="text/html", headers=_HEADERS)
