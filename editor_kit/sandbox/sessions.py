"""Who is signed in at the booking page: a random cookie, the account it stands for, and the token of its forms."""

import secrets

import msgspec

MOST_SESSIONS = 5_000


class Session(msgspec.Struct, frozen=True):
    """`account` is a server id; `form_token` must come back with every form that this session sends."""

    account: str
    form_token: str


class Sessions:
    """The sessions of one sandbox; the oldest gives way when there are too many."""

    def __init__(self) -> None:
        self._by_cookie: dict[str, Session] = {}

    def open(self, account: str) -> str:
        """A new session for that account; its cookie."""
        while len(self._by_cookie) >= MOST_SESSIONS:
            del self._by_cookie[next(iter(self._by_cookie))]
        cookie = secrets.token_urlsafe(24)
        self._by_cookie[cookie] = Session(account, secrets.token_urlsafe(24))
        return cookie

    def get(self, cookie: str) -> Session | None:
        """The session of that cookie."""
        return self._by_cookie.get(cookie)

    def close(self, cookie: str) -> None:
        """Forget a session, if there is one."""
        self._by_cookie.pop(cookie, None)
