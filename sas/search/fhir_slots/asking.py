"""How a question came, and how it is refused."""

from django.http import HttpRequest, HttpResponse

from sas.aggregator.fhir_server.answers import outcomes
from sas.fhir.outcome_writing import error
from sas.fhir.slot_query import RefusedQuery
from sas.search.fhir_slots.answering import Asked


def asked_of(request: HttpRequest) -> Asked:
    """The address that was called, as it was written (the guide's kit compares it), and our base."""
    return Asked(url=request.build_absolute_uri(), base=request.build_absolute_uri("/fhir"))


def refused(query: RefusedQuery) -> HttpResponse:
    """400, one issue for each problem of the question."""
    return outcomes(
        400, [error(problem.code, _sentence(problem.parameter, problem.diagnostics)) for problem in query.problems]
    )


def _sentence(parameter: str, diagnostics: str) -> str:
    return f"{parameter} : {diagnostics}" if parameter and parameter not in diagnostics else diagnostics
