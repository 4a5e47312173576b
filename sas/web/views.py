"""Operations: is the process alive, can it serve? Open to the proxy and the supervisor; they say nothing secret."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse

from sas.web.http import json_answer, public, reads


@public
@reads
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing of anybody."""
    return HttpResponse("ok", content_type="text/plain")


@public
@reads
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and is migrated: 200, else 503 with which of the two failed."""
    checks = {"database": False, "migrations": False}
    try:
        executor = MigrationExecutor(connection)
        checks["database"] = True
        checks["migrations"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        pass
    ready = all(checks.values())
    return json_answer({"ready": ready, "checks": checks}, status=200 if ready else 503)
