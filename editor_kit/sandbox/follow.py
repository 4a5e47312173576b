"""What becomes of a reservation: its page, for who made it, and the practitioner's appointments, for the practice.

Each change is told to the platform (INT_R03): moved, cancelled, honoured, not honoured (interop.md §1.5.2).
"""

from typing import NamedTuple
from urllib.parse import urlencode

from aiohttp import web

from editor_kit.sandbox import booking_page, follow_page, sign_in
from editor_kit.sandbox.booking import origin_of, visitor_of
from editor_kit.sandbox.follow_page import Shown
from editor_kit.sandbox.html_pages import page, see_other
from editor_kit.sandbox.notifying import Standing
from editor_kit.sandbox.reservations import Act, Answer, Reservation
from editor_kit.sandbox.state import SANDBOX, Sandbox

routes = web.RouteTableDef()

ANSWER_SECONDS = 1.5
"""How long a page waits for the platform's first answer, so as to show it."""

_STATUSES = {Answer.TAKEN: 409, Answer.NO_SUCH_SLOT: 404, Answer.OVER: 409}


class Changed(NamedTuple):
    """An act was done (or nothing was to be done), or refused with a notice."""

    notice: str = ""
    status: int = 200


@routes.get("/agenda/{key}/reservation/{reference}")
async def show_reservation(request: web.Request) -> web.Response:
    """The confirmation of a booking, for who made it."""
    made = _of_visitor(request)
    return await _reservation(request, made, Changed()) if made else page(booking_page.unknown_practitioner(), 404)


@routes.post("/agenda/{key}/reservation/{reference}")
async def change_reservation(request: web.Request) -> web.Response:
    """Who booked changes the booking."""
    made, who = _of_visitor(request), visitor_of(request)
    if made is None:
        return page(booking_page.unknown_practitioner(), 404)
    form = await request.post()
    if not origin_of(request) or not sign_in.is_own_form(request):
        return sign_in.foreign_form()
    if who is not None and not sign_in.bears_token(form, who):
        return sign_in.foreign_form()
    changed = await _change(request, made)
    return await _reservation(request, made, changed) if changed.notice else see_other(_own_address(request, made))


@routes.get("/praticien/{key}")
async def show_diary(request: web.Request) -> web.Response:
    """The appointments taken with a practitioner."""
    sandbox = request.app[SANDBOX]
    person = sandbox.agendas.people.by_key(request.match_info["key"])
    if person is None:
        return page(booking_page.unknown_practitioner(), 404)
    known = [(made, follow_page.standing(_shown(sandbox, made))) for made in sandbox.reservations.of(person)]
    return page(follow_page.diary(person, known), 200)


@routes.get("/praticien/{key}/{reference}")
async def show_appointment(request: web.Request) -> web.Response:
    """One of them."""
    made = _named(request)
    return await _appointment(request, made, Changed()) if made else page(booking_page.unknown_practitioner(), 404)


@routes.post("/praticien/{key}/{reference}")
async def change_appointment(request: web.Request) -> web.Response:
    """The practice changes it."""
    made = _named(request)
    if made is None:
        return page(booking_page.unknown_practitioner(), 404)
    if not sign_in.is_own_form(request):
        return sign_in.foreign_form()
    changed = await _change(request, made)
    return await _appointment(request, made, changed) if changed.notice else see_other(_address(made))


@routes.get("/_sandbox/notifications")
async def show_notifications(request: web.Request) -> web.Response:
    """Every message to the platform, in order, and how far it went."""
    notifier = request.app[SANDBOX].notifier
    return web.json_response(notifier.report() if notifier else {"url": None, "journal": []})


async def _change(request: web.Request, made: Reservation) -> Changed:
    sandbox, form = request.app[SANDBOX], await request.post()
    try:
        act = Act(str(form.get("acte", "")))
    except ValueError:
        return Changed("Ce formulaire ne dit pas ce qu’il faut faire : rien n’a été changé.", 422)
    if act is Act.AGAIN:
        message = sandbox.notifier.latest(made) if sandbox.notifier else None
        if message is not None and message.standing is Standing.REFUSED:
            sandbox.tell(made)
        return Changed()
    answer = sandbox.reservations.act(made, act, slot_id=str(form.get("creneau", "")), now=sandbox.clock())
    if answer is Answer.DONE:
        sandbox.tell(made)
    return Changed(follow_page.REFUSALS.get(answer, ""), _STATUSES.get(answer, 200))


def _named(request: web.Request) -> Reservation | None:
    made = request.app[SANDBOX].reservations.get(request.match_info["reference"])
    return made if made is not None and made.person.key == request.match_info["key"] else None


def _of_visitor(request: web.Request) -> Reservation | None:
    made, who = _named(request), visitor_of(request)
    return made if made is not None and made.account == (who.account if who else "") else None


async def _reservation(request: web.Request, made: Reservation, changed: Changed) -> web.Response:
    shown = await _answered(request, made)
    html = follow_page.reservation(
        shown,
        action=_own_address(request, made),
        origin=origin_of(request),
        who=visitor_of(request),
        notice=changed.notice,
    )
    return page(html, changed.status)


async def _appointment(request: web.Request, made: Reservation, changed: Changed) -> web.Response:
    shown = await _answered(request, made)
    return page(follow_page.appointment(shown, action=_address(made), notice=changed.notice), changed.status)


async def _answered(request: web.Request, made: Reservation) -> Shown:
    sandbox = request.app[SANDBOX]
    if sandbox.notifier is not None:
        await sandbox.notifier.first_answer(made, within=ANSWER_SECONDS)
    return _shown(sandbox, made)


def _shown(sandbox: Sandbox, made: Reservation) -> Shown:
    notifier = sandbox.notifier
    free = sandbox.agendas.free_slots(made.person, now=sandbox.clock())
    return Shown(made, notifier is not None, notifier.latest(made) if notifier else None, free)


def _own_address(request: web.Request, made: Reservation) -> str:
    origin = origin_of(request)
    query = f"?{urlencode({'origin': origin})}" if origin else ""
    return f"/agenda/{made.person.key}/reservation/{made.reference}{query}"


def _address(made: Reservation) -> str:
    return f"/praticien/{made.person.key}/{made.reference}"
