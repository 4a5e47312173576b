"""A real SMTP server on this machine, that keeps what it is sent and misbehaves when asked to."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class SmtpSink:
    """What arrived, in order, and how to behave from now on."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refuse_recipient: str = ""
    """The answer to RCPT TO, such as « 550 5.1.1 unknown »; empty: accepted."""
    refuse_message: str = ""
    """The answer to the message itself."""
    silent: bool = False
    """Take the message, and never answer."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        """Named by aiosmtpd."""
        if self.refuse_recipient:
            return self.refuse_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Named by aiosmtpd."""
        if self.refuse_message:
            return self.refuse_message
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        self.mails.append(message_from_bytes(content, policy=policy.default))
        self.recipients.extend(envelope.rcpt_tos)
        if self.silent:
            await asyncio.Event().wait()
        return "250 OK"


@contextmanager
def serving_smtp() -> Iterator[SmtpSink]:
    """A sink that listens on a port of its own until the block ends."""
    sink = SmtpSink()
    controller = _Controller(sink, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        sink.port = controller.port
        yield sink
    finally:
        controller.stop()


class _Controller(Controller):
    """Listens on a free port, which is known once it does."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
