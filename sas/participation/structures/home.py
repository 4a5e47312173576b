"""« Ce que le ROR ne dit pas encore »: on a manager's home, structure by structure, with whom to write to."""

from datetime import datetime

from sas.accounts.landing.sections import Section
from sas.accounts.models import User
from sas.participation.structures.queries import SETTINGS, structures_for


def home_section(user: User, at: datetime) -> Section | None:
    """Structures of which something lacks; None when nothing does. A constant number of queries."""
    lacking = [line for line in structures_for(user, at, [SETTINGS]) if line.lacks and line.sheet]
    if not lacking:
        return None
    return Section("Ce que le ROR ne dit pas encore", "participation/structures/_home.html", lacking)
