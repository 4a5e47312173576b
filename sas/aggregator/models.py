"""Booking editors, who uses which, and regulators' accounts at each. Columns and invariants only: writes go through
services.py and provisioning*.py."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from sas.aggregator.engine.editors import LONGEST_TIMEOUT
from sas.directory.models import Territory

PERSON_ID = r"^(8[0-9]{11}|0[0-9A-Z]{9})$"
"""`8` + RPPS or `0` + ADELI (interop.md §3.1)."""

SIRET_ID = r"^3[0-9]{14}$"
"""An SOS Médecins place is known to editors by its SIRET (interop.md §1.3)."""

MOST_CONCURRENT_CALLS = 64


class Editor(models.Model):
    """A booking software that answers INT_R01 at `base_url`. `key` names it everywhere, and never changes.

    `stage` is where the editor stands since `stage_since` (platform.md §7): only `Stage.SLOTS` and `Stage.BOOKING`
    are asked by searches. Only the SHA-256 of its API token is kept.
    """

    class Flow(models.TextChoices):
        """Which slots it gives: practitioners (INT_R01), CPTS members, SOS Médecins places."""

        PS = "ps", "professionnels"
        CPTS = "cpts", "CPTS"
        SOS = "sos", "SOS Médecins"

    class Stage(models.TextChoices):
        """From the first contact to bookings from end to end."""

        PLANNED = "planned", "envisagé"
        AGREED = "agreed", "convention signée"
        TESTING = "testing", "en test"
        SLOTS = "slots", "créneaux seulement"
        BOOKING = "booking", "réservation de bout en bout"

    ASKABLE: ClassVar = (Stage.SLOTS, Stage.BOOKING)
    """An editor in test is not asked: a regulator must never send a patient to a test agenda."""

    key = models.SlugField("clé", max_length=60, unique=True)
    name = models.TextField("nom", unique=True)
    base_url = models.TextField("adresse FHIR")
    flows = ArrayField(models.TextField(choices=Flow.choices), verbose_name="flux")
    client_dn = models.TextField("nom distinctif du certificat client", blank=True, db_default="")
    system = models.TextField("système de ses identifiants", blank=True, db_default="")
    timeout = models.FloatField("délai maximal (s)", db_default=LONGEST_TIMEOUT)
    max_concurrency = models.PositiveSmallIntegerField("appels simultanés au plus", db_default=8)
    stage = models.TextField("étape", choices=Stage.choices)
    stage_since = models.DateField("à cette étape depuis")
    token_sha256 = models.CharField("empreinte du jeton", max_length=64, unique=True)
    is_active = models.BooleanField("actif", db_default=True)
    created_at = models.DateTimeField("créé le")

    class Meta:
        verbose_name = "éditeur"
        constraints = (
            models.CheckConstraint(name="editor_has_a_key", condition=~Q(key="")),
            models.CheckConstraint(name="editor_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="editor_address_is_http", condition=Q(base_url__regex=r"^https?://[^/\s]")),
            models.CheckConstraint(
                name="editor_flows_are_known",
                condition=Q(flows__contained_by=["cpts", "ps", "sos"]) & ~Q(flows=[]),
                violation_error_message="Au moins un flux parmi ps, cpts, sos.",
            ),
            models.CheckConstraint(
                name="editor_timeout_within_the_guide",
                condition=Q(timeout__gt=0) & Q(timeout__lte=LONGEST_TIMEOUT),
                violation_error_message="Un délai de plus de 0 s et de 7 s au plus.",
            ),
            models.CheckConstraint(
                name="editor_concurrency_is_bounded",
                condition=Q(max_concurrency__range=(1, MOST_CONCURRENT_CALLS)),
            ),
            models.CheckConstraint(
                name="editor_stage_is_known",
                condition=Q(stage__in=["planned", "agreed", "testing", "slots", "booking"]),
            ),
        )

    def __str__(self) -> str:
        return self.name


class EditorLink(models.Model):
    """This professional (or SOS place) uses that editor, as far as `source` knows. Not a foreign key to the directory:
    an editor may announce people before the directory's next import does."""

    class Source(models.TextChoices):
        """How the link was learnt (platform.md §6)."""

        DECLARED = "declared", "déclaré par l’effecteur"
        SEEN = "seen", "vu dans une réponse"
        SWEEP = "sweep", "balayage de nuit"
        COMMAND = "command", "commande"

    editor = models.ForeignKey(Editor, on_delete=models.PROTECT, related_name="links", db_index=False)
    national_id = models.TextField("identifiant national préfixé")
    source = models.TextField("source", choices=Source.choices)
    created_at = models.DateTimeField("créé le")

    class Meta:
        verbose_name = "lien vers un éditeur"
        verbose_name_plural = "liens vers les éditeurs"
        constraints = (
            models.UniqueConstraint(fields=["editor", "national_id"], name="link_once_per_editor_and_person"),
            models.CheckConstraint(
                name="link_national_id_is_prefixed",
                condition=Q(national_id__regex=PERSON_ID) | Q(national_id__regex=SIRET_ID),
                violation_error_message="L’identifiant est 8 + RPPS, 0 + ADELI ou 3 + SIRET.",
            ),
            models.CheckConstraint(
                name="link_source_is_known", condition=Q(source__in=["declared", "seen", "sweep", "command"])
            ),
        )
        indexes = (models.Index(fields=["national_id"], name="link_by_national_id"),)

    def __str__(self) -> str:
        return f"{self.national_id} → {self.editor_id}"


class EditorAccount(models.Model):
    """A regulator's account at one editor (INT_R02, platform.md §2.7; moves: provisioning_rules.py).

    `sent_*` and `accepted_*` are what the editor accepted last, together or not at all: the next PUT names the account
    by `sent_system|sent_value` (interop.md §1.4.2). `unsure` lists the identifiers (`system|value`, oldest first) under
    which it may know the account without our knowing: written before each call, cleared by its answer
    (docs/adr/0009). `next_try_at` is when a waiting row is due. `refused_facts` is the digest of what was refused:
    other facts open the row again. `in_flight_since` also names the claim: whoever lost it may not record.
    """

    class State(models.TextChoices):
        """Where the account stands at that editor."""

        TO_CREATE = "to_create", "à créer"
        TO_UPDATE = "to_update", "à mettre à jour"
        IN_ORDER = "in_order", "en règle"
        IN_ERROR = "in_error", "en erreur"
        TO_WITHDRAW = "to_withdraw", "à retirer"
        WITHDRAWN = "withdrawn", "retiré"

    class Trouble(models.TextChoices):
        """Why a row is in error: each asks for another act."""

        NONE = "", "aucune"
        REFUSED = "refused", "refus de l’éditeur"
        SILENT = "silent", "réessais épuisés"
        UNREADABLE = "unreadable", "réponse illisible"
        INCOMPLETE = "incomplete", "compte incomplet"

    WAITING: ClassVar = (State.TO_CREATE, State.TO_UPDATE, State.TO_WITHDRAW)

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="editor_accounts", db_index=False
    )
    editor = models.ForeignKey(Editor, on_delete=models.PROTECT, related_name="accounts", db_index=False)
    state = models.CharField("état", max_length=12, choices=State.choices)
    changed_at = models.DateTimeField("dans cet état depuis")
    sent_system = models.TextField("système de l’identifiant accepté", null=True, blank=True)
    sent_value = models.TextField("identifiant accepté", null=True, blank=True)
    accepted_family = models.TextField("nom accepté", null=True, blank=True)
    accepted_given = models.TextField("prénom accepté", null=True, blank=True)
    accepted_email = models.TextField("adresse acceptée", null=True, blank=True)
    accepted_active = models.BooleanField("habilitation acceptée", null=True, blank=True)
    accepted_at = models.DateTimeField("accepté le", null=True, blank=True)
    server_id = models.CharField("identifiant chez l’éditeur", max_length=64, blank=True, db_default="", default="")
    unsure = ArrayField(
        models.TextField(), verbose_name="identifiants incertains", blank=True, db_default=[], default=list
    )
    attempts = models.PositiveSmallIntegerField("essais sans réponse", db_default=0, default=0)
    next_try_at = models.DateTimeField("prochain essai", null=True, blank=True)
    in_flight_since = models.DateTimeField("en route depuis", null=True, blank=True)
    tried_at = models.DateTimeField("dernier essai", null=True, blank=True)
    trouble = models.CharField(
        "difficulté", max_length=12, choices=Trouble.choices, blank=True, db_default="", default=""
    )
    last_status = models.PositiveSmallIntegerField("dernier code HTTP", null=True, blank=True)
    last_error = models.CharField("dernière erreur", max_length=500, blank=True, db_default="", default="")
    refused_facts = models.CharField("empreinte refusée", max_length=64, blank=True, db_default="", default="")

    class Meta:
        verbose_name = "compte chez un éditeur"
        verbose_name_plural = "comptes chez les éditeurs"
        constraints = (
            models.UniqueConstraint(fields=["account", "editor"], name="editor_account_once"),
            models.CheckConstraint(
                name="editor_account_state_is_known",
                condition=Q(state__in=["to_create", "to_update", "in_order", "in_error", "to_withdraw", "withdrawn"]),
            ),
            models.CheckConstraint(
                name="editor_account_accepted_all_or_nothing",
                condition=Q(
                    sent_system__isnull=True,
                    sent_value__isnull=True,
                    accepted_family__isnull=True,
                    accepted_given__isnull=True,
                    accepted_email__isnull=True,
                    accepted_active__isnull=True,
                    accepted_at__isnull=True,
                )
                | Q(
                    sent_system__isnull=False,
                    sent_value__isnull=False,
                    accepted_family__isnull=False,
                    accepted_given__isnull=False,
                    accepted_email__isnull=False,
                    accepted_active__isnull=False,
                    accepted_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="editor_account_in_order_was_accepted",
                # Said to be there: a CHECK that compares with NULL passes.
                condition=~Q(state="in_order") | Q(accepted_active__isnull=False, accepted_active=True, unsure=[]),
            ),
            models.CheckConstraint(
                name="editor_account_withdrawn_for_sure",
                condition=~Q(state="withdrawn")
                | (Q(unsure=[]) & (Q(accepted_active__isnull=True) | Q(accepted_active=False))),
            ),
            models.CheckConstraint(
                name="editor_account_waiting_says_until_when",
                condition=Q(state__in=["to_create", "to_update", "to_withdraw"], next_try_at__isnull=False)
                | (~Q(state__in=["to_create", "to_update", "to_withdraw"]) & Q(next_try_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="editor_account_in_error_says_why",
                condition=(Q(state="in_error") & ~Q(trouble="") & ~Q(last_error=""))
                | (~Q(state="in_error") & Q(trouble="")),
            ),
            models.CheckConstraint(
                name="editor_account_only_waiting_ones_travel",
                condition=Q(in_flight_since__isnull=True) | Q(state__in=["to_create", "to_update", "to_withdraw"]),
            ),
        )
        indexes = (
            models.Index(
                fields=["editor", "next_try_at"],
                condition=Q(next_try_at__isnull=False),
                name="editor_account_due",
            ),
            models.Index(fields=["editor", "state", "account"], name="editor_account_by_state"),
            models.Index(
                fields=["editor", "sent_value"],
                condition=Q(state="to_withdraw"),
                name="editor_account_leaving",
            ),
        )

    def __str__(self) -> str:
        return f"compte {self.account_id} chez {self.editor_id} ({self.get_state_display()})"


class AccountLane(models.Model):
    """How an editor takes accounts now, shared by every worker: what keeps thousands of them off a dead editor.

    `failures` counts in a row; nobody is sent before `paused_until`, then one at a time until one is heard.
    """

    editor = models.OneToOneField(Editor, on_delete=models.CASCADE, primary_key=True, related_name="account_lane")
    failures = models.PositiveIntegerField("échecs de suite", db_default=0, default=0)
    paused_until = models.DateTimeField("en pause jusqu’à", null=True, blank=True)
    last_success_at = models.DateTimeField("dernier succès", null=True, blank=True)
    last_failure_at = models.DateTimeField("dernier échec", null=True, blank=True)

    class Meta:
        verbose_name = "file des comptes d’un éditeur"
        verbose_name_plural = "files des comptes des éditeurs"

    def __str__(self) -> str:
        return f"comptes chez {self.editor_id}"


class LocalTool(models.Model):
    """A territory's own tool for unscheduled care (platform.md §7, PDM): opened with a place and a specialty.

    `editor` is how it signs its messages: it sends bookings in the shape of INT_R03, with the token of that editor.
    `link`: its address, where `{lat}`, `{lon}`, `{insee}` and `{specialty}` are replaced.
    """

    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="local_tools")
    editor = models.OneToOneField(Editor, on_delete=models.PROTECT, related_name="local_tool")
    name = models.TextField("nom")
    link = models.TextField("adresse")
    is_active = models.BooleanField("actif", default=True, db_default=True)

    class Meta:
        verbose_name = "outil local"
        verbose_name_plural = "outils locaux"
        constraints = (
            models.CheckConstraint(name="local_tool_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="local_tool_link_is_http", condition=Q(link__regex=r"^https?://[^/\s]")),
        )

    def __str__(self) -> str:
        return self.name
