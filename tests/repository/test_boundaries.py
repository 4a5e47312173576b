"""The import contracts of `.importlinter`: kept today, and able to break.

A contract that names the wrong modules is kept for ever: each is therefore shown an import that it must refuse.
"""

from copy import deepcopy

import grimp
import pytest
from importlinter.api import read_configuration
from importlinter.contracts.acyclic_siblings import AcyclicSiblingsContract
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract
from importlinter.domain.contract import Contract

from tests.repository.tracked import REPOSITORY

KINDS: dict[str, type[Contract]] = {
    "acyclic_siblings": AcyclicSiblingsContract,
    "forbidden": ForbiddenContract,
    "layers": LayersContract,
    "protected": ProtectedContract,
}
TWELVE = {
    "accounts",
    "agenda",
    "aggregator",
    "directory",
    "fhir",
    "lrm",
    "orientation",
    "participation",
    "remuneration",
    "search",
    "statistics",
    "web",
}
CONFIGURATION = read_configuration(str(REPOSITORY / ".importlinter"))
NAMES = [options["name"] for options in CONFIGURATION["contracts_options"]]

REFUSED = [
    ("Who is above whom", "sas.directory.queries", "sas.search.lots"),
    ("Who is above whom", "sas.accounts.services", "sas.aggregator.services"),
    ("Rules, wire format and fan-out engine know nothing of Django", "sas.aggregator.engine.fanout", "django"),
    ("Rules, wire format and fan-out engine know nothing of Django", "sas.directory.rules", "django"),
    ("Rules do no I/O", "sas.search.ranking", "aiohttp"),
    ("Rules do no I/O", "sas.fhir.slots", "aiohttp"),
    ("Views never talk to the network or to the broker themselves", "sas.search.views", "aiohttp"),
    ("Only the URL map imports views", "sas.search.pages", "sas.accounts.views"),
    ("The editor kit only knows the wire format", "editor_kit.sandbox.server", "sas.directory.queries"),
    ("The product never imports config, demo or the kit", "sas.search.api", "demo.scenario"),
    ("No cycles between siblings", "sas.directory.rules", "sas.directory.queries"),
]


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Every import of the product and of what surrounds it."""
    session = CONFIGURATION["session_options"]
    return grimp.build_graph(
        *session["root_packages"],
        include_external_packages=True,
        exclude_type_checking_imports=True,
        cache_dir=str(REPOSITORY / ".import_linter_cache"),
    )


def contract(name: str) -> Contract:
    """The contract of that name, as `lint-imports` makes it."""
    (options,) = [options for options in CONFIGURATION["contracts_options"] if options["name"] == name]
    return KINDS[options["type"]](name, CONFIGURATION["session_options"], options)


@pytest.mark.parametrize("name", NAMES)
def test_a_contract_is_kept(graph: grimp.ImportGraph, name: str) -> None:
    assert contract(name).check(deepcopy(graph), verbose=False).kept, "lint-imports says where"


@pytest.mark.parametrize(("name", "importer", "imported"), REFUSED)
def test_a_contract_refuses_the_import_it_is_there_for(
    graph: grimp.ImportGraph, name: str, importer: str, imported: str
) -> None:
    changed = deepcopy(graph)
    assert importer in changed.modules, f"{importer} is gone: plant the import elsewhere"
    changed.add_import(importer=importer, imported=imported)
    assert not contract(name).check(changed, verbose=False).kept


def test_every_contract_is_shown_something_to_refuse() -> None:
    assert {name for name, _, _ in REFUSED} == set(NAMES)


def test_a_thirteenth_package_is_refused(graph: grimp.ImportGraph) -> None:
    changed = deepcopy(graph)
    changed.add_module("sas.thirteenth")
    assert not contract("Who is above whom").check(changed, verbose=False).kept


def test_packages_are_among_the_twelve(graph: grimp.ImportGraph) -> None:
    found = {module.removeprefix("sas.") for module in graph.find_children("sas")}
    assert found
    assert found <= TWELVE
