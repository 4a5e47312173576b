"""What makes a body a regulator's account, element by element (interop.md §1.4.3, §2.9, §7.6).

Every problem is said, with the FHIRPath of the element and a French sentence for the developer who sent it. A wrong
JSON type is `structure`: the body is no FHIR (HTTP 400); an element absent, empty or forbidden breaks a rule (422).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec

from sas.fhir.systems import IDNPS, SAS

ProblemCode = Literal["structure", "invalid", "required", "value", "too-long", "multiple-matches"]
MALFORMED: Final = frozenset({"structure", "invalid"})
TYPE_OF_SYSTEM: Final = {IDNPS: "IDNPS", SAS: "INTRN"}
LONGEST: Final = 200
"""Characters of a name or an identifier; an e-mail may have 254 (RFC 5321 §4.5.3.1.3)."""

_LONGEST_EMAIL: Final = 254
_MOST_MEMBERS: Final = 20
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_LABEL = r"[a-z0-9\u00a1-\uffff](?:[a-z0-9\u00a1-\uffff-]{0,61}[a-z0-9\u00a1-\uffff])?"
_EMAIL = re.compile(
    rf"[a-z0-9!#$%&'*+/=?^_`{{|}}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{{|}}~-]+)*@(?:{_LABEL}\.)+{_LABEL}", re.IGNORECASE
)
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class AccountProblem:
    """Why an account is refused: a code of FHIR's `issue-type`, the FHIRPath concerned (empty: none), a sentence."""

    code: ProblemCode
    expression: str
    diagnostics: str


@dataclass(slots=True)
class Judged:
    """What was understood, to be used only when there is no problem. `ids`: value by system."""

    problems: list[AccountProblem] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    active: bool = False
    family: str = ""
    given: str = ""
    email: str = ""

    def refuse(self, code: ProblemCode, expression: str, diagnostics: str) -> None:
        """Note one problem."""
        self.problems.append(AccountProblem(code, expression, diagnostics))


def judge(body: bytes, *, any_technical_id: bool) -> Judged:
    """Every problem of a body, or what it says. Never raises, whatever the bytes."""
    judged = Judged()
    try:
        resource = _decode(body)
    except (ValueError, RecursionError):  # msgspec.DecodeError and UnicodeDecodeError are ValueErrors
        judged.refuse("invalid", "", "Le corps n’est pas du JSON en UTF-8.")
        return judged
    if not isinstance(resource, dict):
        judged.refuse("structure", "", "Le corps n’est pas un objet JSON.")
    elif resource.get("resourceType") != "Practitioner":
        judged.refuse("structure", "", "Le corps n’est pas une ressource Practitioner.")
    else:
        _judge_meta(resource.get("meta"), judged)
        _judge_identifiers(resource.get("identifier"), judged, any_technical_id)
        _judge_active(resource.get("active"), judged)
        _judge_names(resource.get("name"), judged)
        _judge_telecoms(resource.get("telecom"), judged)
    return judged


def _judge_meta(meta: Any, judged: Judged) -> None:
    """`meta.source` may be absent (0..1); when there, it is the platform's OID."""
    if meta is None:
        return
    if not isinstance(meta, dict):
        judged.refuse("structure", "Practitioner.meta", "meta n’est pas un objet.")
    elif (source := meta.get("source")) is not None and source != SAS:
        judged.refuse("value", "Practitioner.meta.source", f"meta.source vaut toujours {SAS}.")


def _judge_active(active: Any, judged: Judged) -> None:
    path = "Practitioner.active"
    if active is None:
        judged.refuse("required", path, "active est obligatoire : true (habilité) ou false (retiré).")
    elif not isinstance(active, bool):
        judged.refuse("structure", path, "active est un booléen JSON, true ou false, sans guillemets.")
    else:
        judged.active = active


def _judge_identifiers(value: Any, judged: Judged, any_technical_id: bool) -> None:
    path = "Practitioner.identifier"
    before = len(judged.problems)
    for where, identifier in _members(value, path, judged):
        _judge_identifier(identifier, where, judged, any_technical_id)
    if not judged.ids and len(judged.problems) == before:
        judged.refuse("value", path, f"Aucun identifiant national ({IDNPS}) ni technique ({SAS}).")


def _judge_identifier(identifier: dict[str, Any], path: str, judged: Judged, any_technical_id: bool) -> None:
    system = _text(identifier, "system", path, judged)
    value = _text(identifier, "value", path, judged)
    if not system or not value or system not in TYPE_OF_SYSTEM:
        return  # said already, or of another system: the slicing is open, it is simply not looked at (§2.9)
    expected = TYPE_OF_SYSTEM[system]
    if expected not in _codes(identifier.get("type")):
        judged.refuse("value", f"{path}.type", f"Le système {system} demande un type de code {expected}.")
    if any(sign.isspace() or not sign.isprintable() for sign in value):
        judged.refuse("value", f"{path}.value", "Un identifiant ne contient ni espace ni caractère illisible.")
    elif system == SAS and not any_technical_id and not _UUID.fullmatch(value):
        judged.refuse("value", f"{path}.value", "Un identifiant technique est un UUID.")
    if system in judged.ids:
        judged.refuse("value", path, f"Un seul identifiant de système {system}.")
    judged.ids.setdefault(system, value)


def _codes(concept: Any) -> set[str]:
    """The codes of an identifier's type; of its competing code systems only the code counts (§9 C11)."""
    codings = concept.get("coding") if isinstance(concept, dict) else None
    codings = codings[:_MOST_MEMBERS] if isinstance(codings, list) else ()
    codes = (coding.get("code") for coding in codings if isinstance(coding, dict))
    return {code for code in codes if isinstance(code, str)}


def _judge_names(value: Any, judged: Judged) -> None:
    for rank, (where, name) in enumerate(_members(value, "Practitioner.name", judged)):
        family = _text(name, "family", where, judged)
        given = _only_given(name.get("given"), f"{where}.given", judged)
        if rank == 0:
            judged.family, judged.given = family, given


def _only_given(value: Any, path: str, judged: Judged) -> str:
    if value is None or value == []:
        judged.refuse("required", path, "Le prénom est obligatoire.")
    elif not isinstance(value, list):
        judged.refuse("structure", path, "given est une liste.")
    elif len(value) > 1:
        judged.refuse("value", path, "Un seul prénom : given a exactement un élément.")
    else:
        return _text({"given[0]": value[0]}, "given[0]", path.removesuffix(".given"), judged)
    return ""


def _judge_telecoms(value: Any, judged: Judged) -> None:
    for rank, (where, telecom) in enumerate(_members(value, "Practitioner.telecom", judged)):
        system = _text(telecom, "system", where, judged)
        email = _text(telecom, "value", where, judged, longest=_LONGEST_EMAIL)
        if system and system != "email":
            judged.refuse("value", f"{where}.system", "telecom.system vaut toujours « email ».")
        elif email and not is_email(email):
            judged.refuse("value", f"{where}.value", "L’adresse de courriel n’est pas valable.")
        if rank == 0:
            judged.email = email


def is_email(text: str) -> bool:
    """An address that a mail can be sent to: `local@domain.tld`, no quoted form."""
    local, _, domain = text.rpartition("@")
    return len(local) <= 64 and len(domain) <= 253 and _EMAIL.fullmatch(text) is not None


def _members(value: Any, path: str, judged: Judged) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a list that must not be empty, each with its FHIRPath; what is not an object is said."""
    element = path.rpartition(".")[2]
    if value is None or value == []:
        judged.refuse("required", path, f"{element} est obligatoire.")
        return
    if not isinstance(value, list):
        judged.refuse("structure", path, f"{element} est une liste.")
        return
    if len(value) > _MOST_MEMBERS:
        judged.refuse("too-long", path, f"{element} a plus de {_MOST_MEMBERS} éléments.")
        return
    for rank, member in enumerate(value):
        where = f"{path}[{rank}]"
        if isinstance(member, dict):
            yield where, member
        else:
            judged.refuse("structure", where, f"Chaque élément de {element} est un objet.")


def _text(holder: dict[str, Any], name: str, path: str, judged: Judged, *, longest: int = LONGEST) -> str:
    """A mandatory piece of text, without blanks around; empty when a problem was noted."""
    value, where = holder.get(name), f"{path}.{name}"
    if value is None:
        judged.refuse("required", where, f"{name.partition('[')[0]} est obligatoire.")
    elif not isinstance(value, str):
        judged.refuse("structure", where, f"{name.partition('[')[0]} est un texte.")
    elif not (text := value.strip()):
        judged.refuse("required", where, "Un élément vide est interdit : une valeur est attendue.")
    elif len(text) > longest:
        judged.refuse("too-long", where, f"Plus de {longest} caractères.")
    elif not text.isprintable():
        judged.refuse("value", where, "Caractères illisibles.")
    else:
        return text
    return ""
