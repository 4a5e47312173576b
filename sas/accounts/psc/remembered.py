"""What the session keeps for Pro Santé Connect, on our side only: the cookie is nothing but the session's number.

- questions asked and not yet answered (state, nonce, PKCE verifier): each once, ten minutes, five tabs at most;
- the card of somebody whom we do not know yet, a quarter of an hour, until they say which account is theirs;
- the card and the proof (id_token) of the session that it opened, for the sign-out and for later confirmations.

Keys start with `sas_`: `entering.note_entry` drops what an earlier visitor left when a session opens.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import constant_time_compare

from sas.accounts.psc.claims import Card
from sas.accounts.psc.provider import Asked, Identity

QUESTIONS = "sas_psc_questions"
WAITING = "sas_psc_waiting"
HELD = "sas_psc"

QUESTION_LIFE = timedelta(minutes=10)
MOST_QUESTIONS = 5
WAITING_LIFE = timedelta(minutes=15)


@dataclass(frozen=True)
class Question:
    """One question and what it was asked for: `next` is a page of ours, `confirms` the account that confirms."""

    asked: Asked
    next: str
    confirms: int | None = None


@dataclass(frozen=True)
class Held:
    """A card that came back verified, with what ends the person's session at the provider."""

    card: Card
    id_token: str
    end_session: str
    next: str = "/"


def remember_question(session: SessionBase, question: Question) -> None:
    """Keep one more question; the oldest goes when there are too many."""
    kept = [*session.get(QUESTIONS, []), _flat_question(question)]
    session[QUESTIONS] = kept[-MOST_QUESTIONS:]


def take_question(session: SessionBase, state: str, *, at: datetime) -> Question | None:
    """The question of that state, once: it is written off before anything else happens, whatever comes next."""
    kept = session.get(QUESTIONS, [])
    found = next((each for each in kept if constant_time_compare(each["state"], state)), None)
    if found is None:
        return None
    session[QUESTIONS] = [each for each in kept if each is not found]
    session.save()  # now: a page of error 5xx would not save it, and a second callback must find it gone
    question = _question(found)
    return question if timedelta() <= at - question.asked.at < QUESTION_LIFE else None


def hold(session: SessionBase, held: Held) -> None:
    """Keep the card of the session that it opened; not the page that was wanted, whose address may hold a place."""
    session[HELD] = _flat_held(replace(held, next="/"))


def held(session: SessionBase) -> Held | None:
    """The card that opened this session; nothing for another way in."""
    return _held(session.get(HELD))


def forget_waiting(session: SessionBase) -> None:
    """The person is known now, or gave up."""
    session.pop(WAITING, None)


def wait(session: SessionBase, held: Held, *, at: datetime) -> None:
    """Keep the card of somebody whom no account knows, until they say which is theirs."""
    session[WAITING] = {**_flat_held(held), "at": at.isoformat()}


def waiting(session: SessionBase, *, at: datetime) -> Held | None:
    """The card that waits, for a quarter of an hour."""
    kept = session.get(WAITING)
    if kept is None or at - datetime.fromisoformat(kept["at"]) >= WAITING_LIFE:
        return None
    return _held(kept)


def held_of(identity: Identity, card: Card, *, wanted: str) -> Held:
    """What is kept of an identity once its claims are read: the claims themselves are not."""
    return Held(card, identity.id_token, identity.end_session, wanted)


def _flat_question(question: Question) -> dict[str, Any]:
    asked = {**asdict(question.asked), "at": question.asked.at.isoformat()}
    return {**asked, "next": question.next, "confirms": question.confirms}


def _question(kept: Mapping[str, Any]) -> Question:
    at = datetime.fromisoformat(kept["at"])
    asked = Asked(kept["state"], kept["nonce"], kept["verifier"], at, kept["again"])
    return Question(asked, kept["next"], kept["confirms"])


def _flat_held(held: Held) -> dict[str, Any]:
    return {**asdict(held), "card": asdict(held.card)}


def _held(kept: Mapping[str, Any] | None) -> Held | None:
    if kept is None:
        return None
    card = kept["card"]
    lists = {name: tuple(card[name]) for name in ("family_names", "given_names", "professions")}
    return Held(Card(**{**card, **lists}), kept["id_token"], kept["end_session"], kept["next"])
