"""Regulation software, what is to be said to it, and what came back. Columns and invariants only.

A message is a row written in the transaction of the fact (`outbox.py`), and sent by another process (`relay.py`).
"""

import uuid

from django.db import models
from django.db.models import Q

from sas.directory.models import Territory

CLIENT_ID = r"^fr\.health\.[A-Za-z0-9.\-]{1,80}$"
"""No « _ »: the Hub takes what stands before it for the sender (hub-and-lrm.md §1, check 9)."""


class Lrm(models.Model):
    """A regulation software that may call the search (INT_L01) and be told of orientations (INT_L02).

    `origin` is what it sends in its contextual call, compared exactly. `hub_client_id` is its name at the Hub, empty
    while it is not connected. `tells_regulator`: since model 3.2.0 of the Hub the regulator is required; older ones
    refuse it (hub-and-lrm.md §2).
    """

    origin = models.TextField("origine", unique=True)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="lrms", verbose_name="territoire")
    software = models.TextField("logiciel", blank=True, db_default="", default="")
    hub_client_id = models.TextField("identifiant au Hub", blank=True, db_default="", default="")
    tells_regulator = models.BooleanField("le régulateur est transmis", default=True, db_default=True)
    is_active = models.BooleanField("actif", default=True, db_default=True)
    created_at = models.DateTimeField("créé le")

    class Meta:
        verbose_name = "logiciel de régulation"
        verbose_name_plural = "logiciels de régulation"
        constraints = (
            models.CheckConstraint(name="lrm_has_an_origin", condition=~Q(origin="")),
            models.CheckConstraint(
                name="lrm_client_id_is_of_the_hub",
                condition=Q(hub_client_id="") | Q(hub_client_id__regex=CLIENT_ID),
                violation_error_message="L’identifiant au Hub est « fr.health. » suivi du nom du SAMU, sans « _ ».",
            ),
        )

    def __str__(self) -> str:
        return self.software or self.origin


class Message(models.Model):
    """One snapshot of one orientation for one LRM. `rank` orders those of a subject: they leave in that order.

    `uuid` makes the `distributionID` (`<our client id>_<uuid>`); a message sent again after it expired is a new row
    (`replaces`). `subject` is the orientation's uuid (`appointmentId`); `payload` the whole `appointment` object.
    States: `states.py`. A relay that holds it has its row locked, for as long as it publishes it (docs/adr/0016).
    `needs_hand`: nobody will send it again by itself; `trouble` says why, in French.
    """

    class State(models.TextChoices):
        """Where it stands (interop.md §4.6)."""

        WAITING = "waiting", "à transmettre"
        PUBLISHED = "published", "confiée au Hub"
        ACKNOWLEDGED = "acknowledged", "reçue par le LRM"
        REFUSED = "refused", "refusée"
        EXPIRED = "expired", "expirée"
        ABANDONED = "abandoned", "abandonnée"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lrm = models.ForeignKey(Lrm, on_delete=models.PROTECT, related_name="messages")
    subject = models.UUIDField("orientation")
    rank = models.PositiveIntegerField("rang")
    payload = models.JSONField("contenu")
    state = models.TextField("état", choices=State.choices, db_default="waiting", default="waiting")
    created_at = models.DateTimeField("écrite le")
    next_try_at = models.DateTimeField("prochain essai", null=True, blank=True)
    attempts = models.PositiveIntegerField("essais", db_default=0, default=0)
    published_at = models.DateTimeField("confiée au Hub le", null=True, blank=True)
    expires_at = models.DateTimeField("expire le", null=True, blank=True)
    answered_at = models.DateTimeField("réponse le", null=True, blank=True)
    error_code = models.IntegerField("code d’erreur", null=True, blank=True)
    trouble = models.TextField("difficulté", blank=True, db_default="", default="")
    needs_hand = models.BooleanField("demande une intervention", default=False, db_default=False)
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")

    class Meta:
        verbose_name = "message au LRM"
        verbose_name_plural = "messages aux LRM"
        constraints = (
            models.UniqueConstraint(fields=["lrm", "subject", "rank"], name="message_rank_once_per_subject"),
            models.CheckConstraint(
                name="message_state_is_known",
                condition=Q(state__in=["waiting", "published", "acknowledged", "refused", "expired", "abandoned"]),
            ),
            models.CheckConstraint(
                name="message_published_says_when",
                condition=Q(state__in=["waiting", "abandoned", "refused"]) | Q(published_at__isnull=False),
            ),
        )
        indexes = (
            models.Index(fields=["next_try_at", "id"], condition=Q(state="waiting"), name="message_to_send"),
            models.Index(fields=["published_at"], condition=Q(state="published"), name="message_without_answer"),
            models.Index(fields=["subject", "rank"], name="message_of_a_subject"),
            models.Index(fields=["id"], condition=Q(needs_hand=True), name="message_needs_hand"),
            # What is counted by LRM: all but what it has, and what it has since some days.
            models.Index(fields=["lrm", "state"], condition=~Q(state="acknowledged"), name="message_not_received"),
            models.Index(
                fields=["answered_at", "lrm"], condition=Q(state="acknowledged"), name="message_received_lately"
            ),
        )

    def __str__(self) -> str:
        return f"message {self.uuid} ({self.get_state_display()})"


class HubReceipt(models.Model):
    """An acknowledgement or an error that came from the Hub: kept once, by its own `distributionID`.

    `refers_to` is the message it speaks of, when we know it. What the LRM quoted of ours is not kept.
    """

    class Kind(models.TextChoices):
        """Which queue it came by."""

        ACK = "ack", "accusé de réception"
        ERROR = "error", "erreur"

    distribution_id = models.TextField("distributionID", unique=True)
    kind = models.TextField("nature", choices=Kind.choices)
    refers_to = models.ForeignKey(Message, null=True, blank=True, on_delete=models.PROTECT, related_name="receipts")
    code = models.IntegerField("code", null=True, blank=True)
    cause = models.TextField("cause", blank=True, db_default="", default="")
    received_at = models.DateTimeField("reçu le")

    class Meta:
        verbose_name = "retour du Hub"
        verbose_name_plural = "retours du Hub"

    def __str__(self) -> str:
        return f"{self.kind} {self.distribution_id}"


class RelayBeat(models.Model):
    """A relay process (`manage.py relay_hub`): alive at `beat_at`, connected to the broker or not, and why not."""

    relay = models.UUIDField("relais", unique=True)
    started_at = models.DateTimeField("démarré le")
    beat_at = models.DateTimeField("vu le")
    connected = models.BooleanField("relié", default=False, db_default=False)
    trouble = models.TextField("difficulté", blank=True, db_default="", default="")
    published = models.PositiveBigIntegerField("messages transmis", db_default=0, default=0)
    unreadable = models.PositiveBigIntegerField("retours illisibles", db_default=0, default=0)

    class Meta:
        verbose_name = "relais vers le Hub"
        verbose_name_plural = "relais vers le Hub"

    def __str__(self) -> str:
        return f"relais {self.relay}"


class CallCount(models.Model):
    """How many contextual calls (INT_L01) came on a day, by software and by the form of what they sent. No content."""

    on = models.DateField("jour")
    origin = models.TextField("origine")
    outcome = models.TextField("issue")
    address = models.TextField("adresse")
    practitioner = models.TextField("médecin traitant")
    specialty = models.TextField("spécialité")
    calls = models.PositiveIntegerField("appels", db_default=0, default=0)

    class Meta:
        verbose_name = "appels contextuels d’un jour"
        verbose_name_plural = "appels contextuels par jour"
        constraints = (
            models.UniqueConstraint(
                fields=["on", "origin", "outcome", "address", "practitioner", "specialty"], name="call_count_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.on} {self.origin} : {self.calls}"
