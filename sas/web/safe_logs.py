"""Log lines that open nothing: a link of an e-mail is a path, and Django logs the path of what it refuses (a password
too short behind a link that still works, a form whose token is missing)."""

import logging
import re

_LINK = re.compile(r"(/(?:invitation|mot-de-passe-oublie)/)[^\s?#]+")


class WithoutLinks(logging.Filter):
    """Keeps every line, without what follows the name of a page that a link of an e-mail opens."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        safe = _LINK.sub(r"\1…", message)
        if safe != message:
            record.msg, record.args = safe, ()
        return True
