from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.smtp import SmtpSink, serving_smtp


@pytest.fixture
def smtp_sink(settings: Any) -> Iterator[SmtpSink]:
    """A real mail server, and Django set up to use it."""
    with serving_smtp() as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_TIMEOUT = 0.5
        yield sink
