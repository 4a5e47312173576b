"""A regulator's account at an editor (INT_R02), written and read: the profile FrPractitionerRegul.

interop.md §1.4 (flow), §2.9 (profile), §7.5 and §7.6 (what must be accepted, what must be refused). The platform writes
it, a sandbox editor reads it: one module, so that they cannot drift apart. What is read from outside is judged by
`sas.fhir.practitioner_rules`.
"""

import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote_plus

import msgspec

from sas.fhir import practitioner_rules as rules
from sas.fhir.practitioner_rules import AccountProblem
from sas.fhir.systems import IDENTIFIER_TYPE, IDNPS, PROFILE_REGULATOR, SAS

_MAX_QUERY_LENGTH: Final = 4096
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class AccountIdentifier:
    """How an editor knows an account: `system` is IDNPS (national id) or SAS (technical UUID) of `sas.fhir.systems`."""

    system: str
    value: str

    def __str__(self) -> str:
        return f"{self.system}|{self.value}"


@dataclass(frozen=True, slots=True)
class RegulatorAccount:
    """What an editor is told of a regulator. `active` is the habilitation: false withdraws it, nothing is ever deleted.

    `other` is the second identifier, when both are told: `identifier` is then the national one, `other` the technical.
    """

    identifier: AccountIdentifier
    active: bool
    family: str
    given: str
    email: str
    other: AccountIdentifier | None = None

    @property
    def identifiers(self) -> tuple[AccountIdentifier, ...]:
        """The one or two identifiers, the national one first."""
        return (self.identifier,) if self.other is None else (self.identifier, self.other)


@dataclass(frozen=True, slots=True)
class RefusedAccount:
    """A body that cannot be taken. `malformed`: it is no FHIR of that type (HTTP 400), else a rule refuses it (422)."""

    problems: tuple[AccountProblem, ...]
    malformed: bool


def regulator_body(account: RegulatorAccount, *, resource_id: str | None = None) -> bytes:
    """The resource as UTF-8 JSON; `resource_id` is the editor's own id, which only its answers carry."""
    resource: dict[str, Any] = {"resourceType": "Practitioner"}
    if resource_id is not None:
        resource["id"] = resource_id
    resource |= {
        "meta": {"source": SAS, "profile": [PROFILE_REGULATOR]},
        "identifier": [_identifier(identifier) for identifier in account.identifiers],
        "active": account.active,
        "name": [{"family": account.family, "given": [account.given]}],
        "telecom": [{"system": "email", "value": account.email}],
    }
    return msgspec.json.encode(resource)


def practitioner_query(identifier: AccountIdentifier) -> str:
    """`Practitioner?identifier=…` to append to an editor's base URL, percent-encoded already (§1.0.1, §9 C43)."""
    return f"Practitioner?identifier={identifier.system}%7C{quote(identifier.value, safe='')}"


def read_regulator(body: bytes, *, any_technical_id: bool = False) -> RegulatorAccount | RefusedAccount:
    """The account that a POST or PUT carries, or every reason to refuse it.

    Stricter than the profile where the flow asks for it (name and e-mail are required, §1.4.3). `any_technical_id` lets
    a technical id be no UUID: the official kit sends one in a PUT that matches nobody (§7.5, 5.10; §9 C23).
    """
    found = rules.judge(body, any_technical_id=any_technical_id)
    if found.problems:
        malformed = any(problem.code in rules.MALFORMED for problem in found.problems)
        return RefusedAccount(tuple(found.problems), malformed)
    first, *others = (AccountIdentifier(system, found.ids[system]) for system in (IDNPS, SAS) if system in found.ids)
    return RegulatorAccount(
        identifier=first,
        active=found.active,
        family=found.family,
        given=found.given,
        email=found.email,
        other=others[0] if others else None,
    )


def read_account_identifier(raw_query: str) -> AccountIdentifier | AccountProblem:
    """The `identifier` of a conditional update, from the query as received on the wire.

    `|`, `/` and `:` may come raw or encoded (§9 C43), blanks around are dropped. A list means more than one account:
    its problem is `multiple-matches` (HTTP 412); any other is for HTTP 400.
    """
    if len(raw_query) > _MAX_QUERY_LENGTH:
        return _query_problem("too-long", f"la requête dépasse {_MAX_QUERY_LENGTH} caractères.")
    pairs = (pair.partition("=") for pair in raw_query.removeprefix("?").split("&"))
    values = [unquote_plus(value) for name, _, value in pairs if unquote_plus(name) == "identifier"]
    items = list(dict.fromkeys(item.strip() for value in values for item in value.split(",") if item.strip()))
    if not items:
        return _query_problem("required", "PUT Practitioner demande le paramètre identifier=<système>|<valeur>.")
    if len(items) > 1:
        return _query_problem("multiple-matches", "identifier désigne plusieurs comptes : un seul par requête.")
    system, bar, value = (part.strip() for part in items[0].partition("|"))
    if not bar or system not in (IDNPS, SAS):
        return _query_problem("value", f"identifier attend {IDNPS}|<identifiant national> ou {SAS}|<UUID>.")
    if not value or len(value) > rules.LONGEST or _UNPRINTABLE.search(value):
        return _query_problem("value", "la valeur de identifier est vide, trop longue ou illisible.")
    return AccountIdentifier(system, value)


def _identifier(identifier: AccountIdentifier) -> dict[str, Any]:
    return {
        "type": {"coding": [{"system": IDENTIFIER_TYPE, "code": rules.TYPE_OF_SYSTEM[identifier.system]}]},
        "system": identifier.system,
        "value": identifier.value,
    }


def _query_problem(code: rules.ProblemCode, diagnostics: str) -> AccountProblem:
    return AccountProblem(code, "", diagnostics)
