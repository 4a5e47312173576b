"""Operations: is the process alive, can it serve? Open to the proxy and the supervisor; they say nothing secret."""

from django.http import HttpRequest, HttpResponse

from sas.web.http import json_answer, public, reads
from sas.web.readiness import readiness


@public
@reads
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing of anybody."""
    return HttpResponse("ok", content_type="text/plain")


@public
@reads
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and is migrated: 200, else 503 with which of the two failed.

    `worker` says whether somebody does the background jobs. It changes nothing to the status: searches do not need it,
    and regulators must not lose their pages with it.
    """
    ready = readiness()
    body = {"ready": ready.ready, "checks": {"database": ready.database, "migrations": ready.migrations}}
    return json_answer({**body, "worker": ready.worker}, status=200 if ready.ready else 503)
