"""The HTML of a reservation and of a practitioner's appointments: French, no script, everything escaped."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple
from urllib.parse import urlencode

from editor_kit.sandbox.agenda import AgendaSlot
from editor_kit.sandbox.booking_page import MOST_SLOTS, description, french_time, name_of, origin_notice
from editor_kit.sandbox.html_pages import document
from editor_kit.sandbox.notifying import Message, Standing
from editor_kit.sandbox.people import Person
from editor_kit.sandbox.reservations import Act, Answer, Reservation, Status
from editor_kit.sandbox.sign_in_page import Visitor, token_field

_TITLES = {
    Status.BOOKED: "Créneau réservé",
    Status.FULFILLED: "Rendez-vous honoré",
    Status.NOSHOW: "Rendez-vous non honoré",
    Status.CANCELLED: "Rendez-vous annulé",
}
_MEANINGS = {
    Status.BOOKED: "Ce créneau est réservé : il n’apparaît plus dans les recherches.",
    Status.FULFILLED: "Le patient est venu.",
    Status.NOSHOW: "Le patient n’est pas venu.",
    Status.CANCELLED: "Ce rendez-vous est annulé : son créneau est de nouveau proposé.",
}
_WORDS = {
    Status.BOOKED: "réservé",
    Status.FULFILLED: "honoré",
    Status.NOSHOW: "non honoré",
    Status.CANCELLED: "annulé",
}
REFUSALS = {
    Answer.TAKEN: "Ce créneau vient d’être pris : le rendez-vous n’a pas bougé. Choisissez-en un autre.",
    Answer.NO_SUCH_SLOT: "Ce créneau n’existe pas ou est déjà passé : le rendez-vous n’a pas bougé.",
    Answer.OVER: "Ce rendez-vous est terminé ou annulé : ce changement n’est plus possible.",
}
_BUTTONS = {
    Act.HONOUR: "Le patient est venu (honoré)",
    Act.MISS: "Le patient n’est pas venu (non honoré)",
    Act.CANCEL: "Annuler le rendez-vous",
}
_POSSIBLE = {
    Status.BOOKED: (Act.HONOUR, Act.MISS, Act.CANCEL),
    Status.FULFILLED: (Act.MISS,),
    Status.NOSHOW: (Act.HONOUR,),
    Status.CANCELLED: (),
}
NOBODY_TO_TELL = "Aucune plateforme à prévenir : ce bac à sable a été lancé sans --notify."
NO_OPERATOR = "Non transmis : réservé sans compte régulateur, que le rendez-vous doit nommer (--accounts open)."


class Shown(NamedTuple):
    """A reservation as its page shows it. `told`: whether there is a platform to tell; `message`: the last one."""

    made: Reservation
    told: bool
    message: Message | None
    free: Sequence[AgendaSlot]


def reservation(shown: Shown, *, action: str, origin: str, who: Visitor | None, notice: str = "") -> str:
    """The page of who booked, and what may still be changed; forms are sent to `action`."""
    made = shown.made
    query = f"?{urlencode({'origin': origin})}" if origin else ""
    back = f'<p><a href="/agenda/{escape(made.person.key)}{escape(query)}">Retour à l’agenda</a></p>'
    return _one(shown, action, [origin_notice(origin)], notice, token_field(who) if who else "", back)


def appointment(shown: Shown, *, action: str, notice: str = "") -> str:
    """The same for the practice, whom the sandbox does not ask to sign in."""
    back = f'<p><a href="/praticien/{escape(shown.made.person.key)}">Retour aux rendez-vous</a></p>'
    return _one(shown, action, [_PRACTICE], notice, "", back)


def diary(person: Person, all_made: Sequence[tuple[Reservation, str]]) -> str:
    """The appointments taken by regulators with a practitioner, each with how its last message stands."""
    title = f"Rendez-vous de {name_of(person)}"
    parts = [f"<h1>{escape(title)}</h1>", _PRACTICE]
    items = [
        f'<li><a href="/praticien/{escape(person.key)}/{escape(made.reference)}">{escape(french_time(made.slot.start))}'
        f"</a> : {_WORDS[made.status]}. {escape(said)}</li>"
        for made, said in all_made
    ]
    parts.append(f"<ul>{''.join(items)}</ul>" if items else "<p>Aucun rendez-vous pris depuis le SAS.</p>")
    return document(title, parts)


def standing(shown: Shown) -> str:
    """How far the last message went, in a few words."""
    if not shown.told:
        return NOBODY_TO_TELL
    if shown.message is None:
        return NO_OPERATOR
    message = shown.message
    if message.standing is Standing.SENT:
        return "Transmis à la plateforme."
    if message.standing is Standing.REFUSED:
        return f"Refusé par la plateforme ({message.answer}) : {message.said}"
    tries = f"{message.attempts} essai{'s' if message.attempts > 1 else ''}"
    why = f" : {message.said} {tries}, un autre suivra" if message.said else " d’envoi à la plateforme"
    return f"En attente{why}."


_PRACTICE = (
    '<p class="avis">Côté cabinet : ce que verrait le praticien dans son logiciel. '
    "Le bac à sable n’y demande pas de connexion.</p>"
)


def _one(shown: Shown, action: str, heading: list[str], notice: str, token: str, back: str) -> str:
    made = shown.made
    title = _TITLES[made.status]
    parts = [f"<h1>{title}</h1>", *heading]
    if notice:
        parts.append(f'<p class="avis" role="alert">{escape(notice)}</p>')
    parts += [f'<p class="avis sas" role="status">{_MEANINGS[made.status]}</p>', description(made.person, made.slot)]
    parts += ["<h2>Transmission à la plateforme</h2>", f"<p>{escape(standing(shown))}</p>"]
    if shown.message is not None and shown.message.standing is Standing.REFUSED:
        parts.append(_form(action, Act.AGAIN, token, "Envoyer de nouveau"))
    acts = [_form(action, act, token, _BUTTONS[act]) for act in _POSSIBLE[made.status]]
    if made.status is Status.BOOKED and shown.free:
        acts.insert(0, _move(shown.free, action, token))
    if acts:
        parts += ["<h2>Changer ce rendez-vous</h2>", *acts]
    return document(title, [*parts, back])


def _form(action: str, act: Act, token: str, label: str) -> str:
    hidden = f'<input type="hidden" name="acte" value="{act.value}">{token}'
    return f'<form method="post" action="{escape(action)}">{hidden}<button class="second">{label}</button></form>'


def _move(free: Sequence[AgendaSlot], action: str, token: str) -> str:
    options = "".join(
        f'<option value="{escape(slot.slot_id)}">{escape(french_time(slot.start))}</option>'
        for slot in free[:MOST_SLOTS]
    )
    return (
        f'<form method="post" action="{escape(action)}"><input type="hidden" name="acte" value="{Act.MOVE.value}">'
        f'{token}<label for="creneau">Nouveau créneau</label><select id="creneau" name="creneau">{options}</select> '
        '<button class="second">Déplacer</button></form>'
    )
