"""The Jinja2 environment of result cards: strict (an unknown name is an error), escaped, French."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from jinja2 import Environment, StrictUndefined


def environment(**options: Any) -> Environment:
    """Called by Django with the loader; filters of cards are added by the package that owns the cards."""
    options.setdefault("undefined", StrictUndefined)
    options.update(trim_blocks=True, lstrip_blocks=True)
    made = Environment(**options)  # noqa: S701 — Django's backend passes autoescape=True
    made.globals.update(static=static, url=reverse)
    return made
