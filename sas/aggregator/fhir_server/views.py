"""`/fhir/metadata`, the only FHIR address that is open to everybody."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from sas.aggregator.fhir_server.access import HOW, fhir_public
from sas.aggregator.fhir_server.answers import fhir_answer, not_allowed
from sas.aggregator.fhir_server.metadata import capability_statement, offered


@fhir_public
def metadata(request: HttpRequest) -> HttpResponse:
    """The CapabilityStatement."""
    if request.method not in ("GET", "HEAD"):
        return not_allowed("GET", "HEAD")
    security = HOW[settings.SAS_FHIR_AUTH]
    return fhir_answer(capability_statement(offered(), base_url=settings.SAS_BASE_URL, security=security))
