"""What our FHIR server can do: packages say it of their addresses when they are ready, `/fhir/metadata` tells it.

What is not said here is not promised; a test asks every interaction, and finds every address.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

VERSION: Final = "2026.11"
STATED_ON: Final = "2026-11-22"
"""When what is promised changed last."""


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """`kind`: token, date, reference, string…"""

    name: str
    kind: str
    documentation: str = ""


@dataclass(frozen=True, slots=True)
class OfferedResource:
    """A type of resource. `interactions`: codes of FHIR's `type-restful-interaction` (`create`, `search-type`…).

    `conditional_update`: `PUT [type]?…`; `update_creates`: a PUT that finds nothing makes it.
    """

    kind: str
    interactions: tuple[str, ...]
    profiles: tuple[str, ...] = ()
    documentation: str = ""
    search: tuple[SearchParameter, ...] = ()
    includes: tuple[str, ...] = ()
    conditional_update: bool = False
    update_creates: bool = False
    versioning: str = "no-version"


_offered: dict[str, OfferedResource] = {}


def offer(resource: OfferedResource) -> None:
    """Say what is offered of that type of resource: once, when a package is ready."""
    _offered[resource.kind] = resource


def offered() -> tuple[OfferedResource, ...]:
    """Everything that was said, by name."""
    return tuple(_offered[kind] for kind in sorted(_offered))


def capability_statement(resources: Iterable[OfferedResource], *, base_url: str, security: str) -> dict[str, Any]:
    """The CapabilityStatement of this instance. `security`: how callers are known, in French."""
    return {
        "resourceType": "CapabilityStatement",
        "name": "PlateformeSAS",
        "title": "Plateforme SAS : rendez-vous reçus des éditeurs, créneaux offerts aux clients",
        "status": "active",
        "date": STATED_ON,
        "kind": "instance",
        "software": {"name": "plateforme SAS", "version": VERSION},
        "implementation": {"description": "Plateforme SAS", "url": f"{base_url}/fhir"},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "security": {"cors": False, "description": security},
                "resource": [_resource(resource) for resource in resources],
            }
        ],
    }


def _resource(resource: OfferedResource) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": resource.kind,
        "supportedProfile": list(resource.profiles),
        "documentation": resource.documentation,
        "interaction": [{"code": code} for code in resource.interactions],
        "versioning": resource.versioning,
        "conditionalUpdate": resource.conditional_update,
        "updateCreate": resource.update_creates,
        "searchInclude": list(resource.includes),
        "searchParam": [_parameter(parameter) for parameter in resource.search],
    }
    return {name: value for name, value in told.items() if value not in ("", [])}  # FHIR forbids empty elements


def _parameter(parameter: SearchParameter) -> dict[str, str]:
    told = {"name": parameter.name, "type": parameter.kind, "documentation": parameter.documentation}
    return {name: value for name, value in told.items() if value}
