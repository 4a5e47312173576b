"""What a panel says, and its forms as a browser sends them."""

import re
from typing import Any

from bs4 import BeautifulSoup, Tag
from django.test import Client

SEARCH = "text=m%C3%A9decin&loc=Lille"
BESIDE: dict[str, Any] = {"headers": {"HX-Request": "true"}}
"""The panel alone, as the list beside asks for it."""


def soup(answer: Any) -> BeautifulSoup:
    """The answer, read."""
    return BeautifulSoup(answer.content, "html.parser")


def text_of(answer: Any) -> str:
    """Its words, on one line."""
    return re.sub(r"\s+", " ", soup(answer).get_text(" "))


def form_of(answer: Any, ending: str) -> Tag:
    """The form that posts to the address that ends so."""
    found = [form for form in soup(answer).select("form") if str(form["action"]).partition("?")[0].endswith(ending)]
    assert found, f"no form posts to …{ending}"
    return found[-1]


def fields_of(form: Tag) -> dict[str, str]:
    """What it sends as it stands."""
    values = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[name]:not([type=radio])")}
    values |= {str(one["name"]): str(one["value"]) for one in form.select("input[type=radio][checked]")}
    for select in form.select("select[name]"):
        chosen = select.select_one("option[selected]") or select.select_one("option")
        values[str(select["name"])] = str(chosen["value"]) if chosen else ""
    values.pop("csrfmiddlewaretoken", None)
    return values


def press(client: Client, answer: Any, ending: str, /, **typed: str) -> Any:
    """Send that form with these fields filled in, and follow where it leads."""
    form = form_of(answer, ending)
    return client.post(str(form["action"]), fields_of(form) | typed, follow=True)
