"""What a browser makes of the pages and of the stream: cards by id, in the order of the screen."""

import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from bs4 import BeautifulSoup, Tag

PAGE, STREAM = "/sas/recherche", "/sas/recherche/flux"
ASKED = {"text": "médecine générale", "loc": "Lille 59000"}


class Event(NamedTuple):
    """One server-sent event."""

    name: str
    data: str


def events(response: Any) -> Iterator[Event]:
    """Events as they come; heartbeats left out."""
    for chunk in response.streaming_content if response.streaming else [response.content]:
        for block in chunk.decode().split("\n\n"):
            if block.startswith("event: "):
                name, data = block.split("\n")
                yield Event(name.removeprefix("event: "), data.removeprefix("data: "))


def articles(html: str) -> list[Tag]:
    return BeautifulSoup(html, "html.parser").find_all("article")


def cards(html: str) -> list[str]:
    """The ids of the cards, in order."""
    return [str(article["id"]).removeprefix("carte-") for article in articles(html)]


def slot_links(html: str) -> list[str]:
    soup = BeautifulSoup(html, "html.parser")
    return [str(link["href"]) for link in soup.find_all("a", href=True) if "creneau=" in str(link["href"])]


class Screen:
    """A page that is open: what it showed first, then what the stream changed."""

    def __init__(self, html: str) -> None:
        self._cards = {str(article["id"]).removeprefix("carte-"): article for article in articles(html)}

    def follow(self, stream: Iterator[Event]) -> list[str]:
        """Apply events to the end; returns their names."""
        names = []
        for event in stream:
            names.append(event.name)
            if event.name == "carte":
                (article,) = articles(event.data)
                self._cards[str(article["id"]).removeprefix("carte-")] = article
            elif event.name == "retire":
                self._cards.pop(event.data, None)
        return names

    @property
    def cards(self) -> dict[str, str]:
        """Text of each card by id, in the order of the screen."""
        ordered = sorted(self._cards.items(), key=lambda pair: str(pair[1]["data-order"]))
        return {number: article.get_text(" ", strip=True) for number, article in ordered}


def soon(condition: Callable[[], bool]) -> bool:
    """True as soon as `condition` holds; False when it does not within ten seconds."""
    tick = threading.Event()
    return any(condition() or tick.wait(0.01) for _ in range(1000))
