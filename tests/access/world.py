"""Two territories and one account of each role: who asks, and what is asked for, in the table of who may what.

Everybody is of SAS-59. What is « own » belongs to SAS-59 or to the one who asks; what is « other » to SAS-62 or to
somebody else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.test import Client

from sas.accounts.administration.requests import ask_for_account
from sas.accounts.models import AccountImport, AccountRequest, Delegation, StructureAttachment, User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account, token_digest
from sas.agenda.models import Series, Unavailability
from sas.aggregator.models import Editor, EditorAccount
from sas.aggregator.services import register_editor
from sas.directory.models import Filiere, PracticeLocation, Practitioner
from sas.lrm.models import Lrm
from sas.orientation.models import Orientation
from sas.participation.declared_structures import Described, declare_unknown_structure
from sas.participation.models import DeclaredStructure, Solicitation, TerritorialOrganisation
from sas.participation.services import declare_participation
from tests.accounts.signing import signed_in_client
from tests.factories import directory
from tests.lrm.told import queued

ANONYMOUS = "anonymous"
ACTORS = (ANONYMOUS, *(str(role) for role in Role))
OWN, OTHER, NONE = "own", "other", "-"
_PAGES = ("reglages", "lieux", "agenda", "indisponibilites", "apercu", "vues")
BY_PERSON = tuple(f"/{page}/<str:key>" for page in _PAGES)
TOKEN = "jeton-que-personne-n-a-recu"


@dataclass(frozen=True)
class Sample:
    """Values for the parameters of an address, when the object is one's own and when it is another's."""

    own: dict[str, Any]
    other: dict[str, Any]


class World:
    """Built in the database of one test. `sample(path)` says which objects stand for the parameters of an address."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)
        self.lille = directory.territory(code="SAS-59", ioa_open=True)
        self.arras = directory.territory(code="SAS-62", label="SAS du Pas-de-Calais", departments=["62"])
        self.actors = {role: self._account(role, self.lille.code, role) for role in Role}
        self.stranger = self._account(Role.EFFECTOR, "SAS-62", "stranger")
        self.doctor = self._practice(self.actors[Role.EFFECTOR])
        self.other_doctor = self._practice(self.stranger)
        self.structure = directory.structure(department="59")
        self.other_structure = directory.structure(department="62")
        manager = self.actors[Role.STRUCTURE_MANAGER]
        StructureAttachment.objects.create(user=manager, structure=self.structure, attached_at=self.at)
        self._samples = self._by_address()

    def _by_address(self) -> dict[str, Callable[[], Sample]]:
        return {
            "/gestion/comptes/<int:pk>": self._accounts,
            "/gestion/comptes/<int:pk>/delegation": self._prepared,
            "/gestion/comptes/import/<int:pk>": self._imports,
            "/gestion/editeurs/<slug:key>": self._editors,
            "/editeurs/<slug:key>": self._editors,
            "/gestion/editeurs/comptes/<int:pk>": self._accounts_at_editors,
            "/delegations/<int:pk>": self._delegations,
            "/delegations/invitation/<str:token>": self._unknown_token,
            "/gestion/demandes/<int:pk>": self._requests,
            "/gestion/territoires/<str:code>/filieres/<int:pk>": self._filieres,
            "/gestion/territoires/<str:code>": self._territories,
            **dict.fromkeys(BY_PERSON, self._people),
            "/agenda/<str:key>/jour/<str:day>": self._days,
            "/agenda/<str:key>/serie/<int:pk>/<str:day>": self._series,
            "/indisponibilites/<str:key>/<int:pk>": self._absences,
            "/structures/<str:key>": self._structures,
            "/gestion/structures-declarees/<int:pk>": self._declared,
            "/structures/<str:key>/membres/<str:national_id>": self._members,
            "/gestion/organisations/<int:pk>": self._organisations,
            "/gestion/mobilisation/<str:code>": self._mobilised,
            "/gestion/orientations/<str:code>": self._territories,
            "/mes-orientations/<str:uuid>": self._orientations,
            "/orientations/recues/<str:key>": self._people,
            "/orientations/recues/<str:key>/<str:uuid>": self._received,
            "/sas/orientation/conseil/<int:pk>": self._establishments,
            "/sas/orientation/agenda/<str:slot>": self._agenda_slots,
            "/sas/orientation/en-sus/<str:key>": self._called,
            "/sas/orientation/en-sus/<str:key>/appel/<int:pk>": self._calls,
            "/sas/orientations/<uuid:uuid>": self._orientations,
            "/sas/orientations/cle/<uuid:key>": self._asked,
            "/fhir/Appointment/<uuid:pk>": self._appointments,
            "/exploitation/hub/messages/<uuid:uuid>": self._messages,
            "/invitation/<str:token>": self._unknown_token,
            "/mot-de-passe-oublie/<str:uid>/<str:token>": self._unknown_reset,
        }

    def client(self, actor: str) -> Client:
        """A browser of that actor, signed in just now."""
        return Client() if actor == ANONYMOUS else signed_in_client(self.actors[Role(actor)], at=self.at)

    def sample(self, path: str) -> Sample | None:
        """Objects for the parameters of `path`, the longest address that fits; None for an address without any."""
        if "<" not in path:
            return None
        fitting = [prefix for prefix in self._samples if path.startswith(prefix)]
        assert fitting, f"{path}: say in tests/access/world.py which objects stand for its parameters"
        return self._samples[max(fitting, key=len)]()

    def _account(self, role: Role, territory: str, name: str) -> User:
        national = role is Role.NATIONAL_ADMIN
        user, _ = create_account(
            email=f"{name}@example.org",
            roles=[role],
            territories=[] if national else [territory],
            family_name=name.upper(),
            given_name="Alex",
            by="test",
            at=self.at,
        )
        return user

    def _practice(self, user: User) -> Practitioner:
        """A card, and a place of practice, for this account."""
        doctor = directory.practitioner()
        directory.place(doctor)
        User.objects.filter(pk=user.pk).update(national_id=doctor.national_id)
        user.refresh_from_db()
        return doctor

    def _people(self) -> Sample:
        """The effector's practice, which the delegate also acts for; and another's."""
        effector, delegate = self.actors[Role.EFFECTOR], self.actors[Role.DELEGATE]
        self._delegation(effector, delegate)
        return Sample({"key": self.doctor.national_id}, {"key": self.other_doctor.national_id})

    def _days(self) -> Sample:
        day, people = self.at.date().isoformat(), self._people()
        return Sample(people.own | {"day": day}, people.other | {"day": day})

    def _series(self) -> Sample:
        """Something offered tomorrow by each of the two doctors."""
        days, on = self._days(), self.at.date() + timedelta(days=1)
        values = {"insee": "59350", "timezone": "Europe/Paris", "kind": "slot", "first_on": on, "modalities": ["AMB"]}
        values |= {"starts_at": time(9), "ends_at": time(9, 15)}
        values |= {"created_by": "test", "created_at": self.at, "changed_by": "test", "changed_at": self.at}
        made = []
        for of in (self.doctor, self.other_doctor):
            key = PracticeLocation.objects.get(practitioner=of).place_key
            made.append(Series.objects.create(practitioner=of, place_key=key, **values))
        own, other = ({"pk": row.pk, "day": on.isoformat()} for row in made)
        return Sample(days.own | own, days.other | other)

    def _absences(self) -> Sample:
        """An unavailability of each of the two doctors, going on."""
        people = self._people()
        said = {"starts_at": self.at - timedelta(days=1), "declared_by": "test", "declared_at": self.at}
        made = [Unavailability.objects.create(practitioner=of, **said) for of in (self.doctor, self.other_doctor)]
        return Sample(people.own | {"pk": made[0].pk}, people.other | {"pk": made[1].pk})

    def _structures(self) -> Sample:
        return Sample({"key": self.structure.national_id}, {"key": self.other_structure.national_id})

    def _organisations(self) -> Sample:
        made = (
            TerritorialOrganisation.objects.create(
                territory=territory, name="CSNP", kind="csnp", dedicated=True, interfaced=True, agreement_signed=True
            )
            for territory in (self.lille, self.arras)
        )
        return Sample(*({"pk": row.pk, "member": 1} for row in made))

    def _mobilised(self) -> Sample:
        return Sample(*({"code": code, "pk": self.doctor.pk} for code in ("SAS-59", "SAS-62")))

    def _orientations(self) -> Sample:
        """One of the regulator, to the effector; one of somebody else, to another doctor."""
        somebody = self._account(Role.REGULATOR, "SAS-62", "other-regulator")
        pairs = ((self.actors[Role.REGULATOR], self.doctor), (somebody, self.other_doctor))
        said = {"path": "overbooking", "category": "PS", "state": "booked", "starts_at": self.at + timedelta(hours=1)}
        said |= {"created_by": "test", "created_at": self.at, "state_since": self.at}
        made = [Orientation.objects.create(regulator=by, practitioner=to, **said) for by, to in pairs]
        return Sample(*({"uuid": row.uuid} for row in made))

    def _asked(self) -> Sample:
        """The same, by the key of the page that asked."""
        rows, keys = self._orientations(), (uuid4(), uuid4())
        for row, key in zip((rows.own, rows.other), keys, strict=True):
            Orientation.objects.filter(**row).update(key=key)
        return Sample(*({"key": key} for key in keys))

    def _agenda_slots(self) -> Sample:
        """Whoever offers it, a regulator may send a patient there."""
        series, on = self._series(), self.at.date() + timedelta(days=1)
        minute = int(datetime.combine(on, time(9), ZoneInfo("Europe/Paris")).timestamp()) // 60
        return Sample(*({"slot": f"a{one['pk']}-{minute:x}"} for one in (series.own, series.other)))

    def _called(self) -> Sample:
        """Whoever takes part, a regulator may call them."""
        for doctor in (self.doctor, self.other_doctor):
            declare_participation(practitioner=doctor, via="individual", by="test", at=self.at - timedelta(days=2))
        places = (doctor.locations.first() for doctor in (self.doctor, self.other_doctor))
        return Sample(*({"key": str(place.pk if place else 0)} for place in places))

    def _calls(self) -> Sample:
        """A call that the regulator noted; another of somebody else."""
        keys, somebody = self._called(), self._account(Role.REGULATOR, "SAS-62", "other-caller")
        callers = ((keys.own, self.actors[Role.REGULATOR]), (keys.other, somebody))
        said = {"practitioner": self.doctor, "outcome": "no_answer", "made_at": self.at}
        return Sample(*(key | {"pk": Solicitation.objects.create(made_by=by, **said).pk} for key, by in callers))

    def _received(self) -> Sample:
        people, rows = self._people(), self._orientations()
        return Sample(people.own | rows.own, people.other | rows.other)

    def _establishments(self) -> Sample:
        """Whatever their territory, a regulator may advise them."""
        made = (directory.structure(kind="establishment", department=area) for area in ("59", "62"))
        return Sample(*({"pk": row.pk} for row in made))

    def _members(self) -> Sample:
        """The effector practises in the structure of the manager; somebody else in another."""
        pairs = ((self.structure, self.doctor), (self.other_structure, self.other_doctor))
        for structure, doctor in pairs:
            doctor.locations.update(structure=structure)
        values = ({"key": structure.national_id, "national_id": doctor.national_id} for structure, doctor in pairs)
        return Sample(*values)

    def _accounts(self) -> Sample:
        made = (self._account(Role.REGULATOR, code, f"target-{code}".lower()) for code in ("SAS-59", "SAS-62"))
        return Sample(*({"pk": user.pk} for user in made))

    def _imports(self) -> Sample:
        makers = (self.actors[Role.ACCOUNT_MANAGER], self.stranger)
        made = (
            AccountImport.objects.create(
                made_by=maker, made_at=self.at, applied_at=self.at, file_name="x.csv", content="", plan_digest="x"
            )
            for maker in makers
        )
        return Sample(*({"pk": row.pk} for row in made))

    def _requests(self) -> Sample:
        for territory in (self.lille, self.arras):
            ask_for_account(
                territory=territory,
                role=Role.REGULATOR,
                email=f"demande-{territory.pk}@example.org",
                family_name="DEMANDE",
                given_name="Alex",
                by="127.0.0.1",
                at=self.at,
            )
        rows = AccountRequest.objects.order_by("territory__code")
        return Sample(*({"pk": row.pk} for row in rows))

    def _declared(self) -> Sample:
        described = Described("msp", "MSP des Lilas", "Lille", "0320000000")
        for doctor, territory in ((self.doctor, self.lille), (self.other_doctor, self.arras)):
            declare_unknown_structure(practitioner=doctor, described=described, by="test", at=self.at)
            DeclaredStructure.objects.filter(participations__practitioner=doctor).update(territory=territory)
        rows = DeclaredStructure.objects.order_by("territory__code")
        return Sample(*({"pk": row.pk} for row in rows))

    def _territories(self) -> Sample:
        return Sample({"code": "SAS-59"}, {"code": "SAS-62"})

    def _filieres(self) -> Sample:
        made = (
            Filiere.objects.create(territory=territory, name="Infirmiers", nature="both", starts_on="2026-01-01")
            for territory in (self.lille, self.arras)
        )
        return Sample(*({"code": row.territory.code, "pk": row.pk} for row in made))

    def _delegations(self) -> Sample:
        effector, delegate = self.actors[Role.EFFECTOR], self.actors[Role.DELEGATE]
        own = self._delegation(effector, delegate)
        return Sample({"pk": own.pk}, {"pk": self._delegation(self.stranger, None).pk})

    def _delegation(self, delegator: User, delegate: User | None) -> Delegation:
        return Delegation.objects.create(
            delegator=delegator,
            delegate=delegate,
            delegate_email=(delegate and delegate.email) or "quelqu-un@example.org",
            delegate_family_name="X",
            delegate_given_name="Y",
            scopes=["agenda", "settings"],
            ends_on=self.at.date() + timedelta(days=90),
            token_sha256=token_digest(f"delegation-{delegator.pk}"),
            prepared_by=delegator.audit_label,
            prepared_at=self.at,
            confirmed_at=self.at,
            accepted_at=self.at if delegate else None,
        )

    def _prepared(self) -> Sample:
        values = []
        for code in ("SAS-59", "SAS-62"):
            doctor = self._account(Role.EFFECTOR, code, f"doctor-{code}".lower())
            values.append({"pk": doctor.pk, "delegation": self._delegation(doctor, None).pk})
        return Sample(*values)

    def _editor(self) -> Editor:
        editor, _ = register_editor(name="Agenda Alpha", base_url="https://alpha.invalid/fhir", by="test", at=self.at)
        return editor

    def _editors(self) -> Sample:
        return Sample({"key": self._editor().key}, {"key": "inconnu"})

    def _accounts_at_editors(self) -> Sample:
        editor, values = self._editor(), []
        for of in (self._accounts().own, self._accounts().other):
            row = EditorAccount(account_id=of["pk"], editor=editor, state="to_create", changed_at=self.at)
            row.next_try_at = self.at
            row.save()
            values.append({"pk": row.pk})
        return Sample(*values)

    def _appointments(self) -> Sample:
        """No account owns one, whatever it is: only the editor that sent it reads it."""
        return Sample({"pk": UUID(int=1)}, {"pk": UUID(int=2)})

    def _messages(self) -> Sample:
        clients = ((self.lille, "fr.health.samu590"), (self.arras, "fr.health.samu620"))
        made = (
            queued(Lrm.objects.create(territory=where, hub_client_id=client, origin=client, created_at=self.at))
            for where, client in clients
        )
        return Sample(*({"uuid": row.uuid} for row in made))

    def _unknown_token(self) -> Sample:
        return Sample({"token": TOKEN}, {"token": TOKEN})

    def _unknown_reset(self) -> Sample:
        return Sample({"uid": "MQ", "token": TOKEN}, {"uid": "MQ", "token": TOKEN})
