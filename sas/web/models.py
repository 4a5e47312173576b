"""What the shell keeps: the audit trail, e-mails on their way, and why jobs failed. Read by the operations pages."""

import uuid

from django.db import models


class AuditLine(models.Model):
    """Who did what to what, when. `actor` is a label that outlives the account (« compte 12 », « commande … »).

    No patient data, no slot of a doctor: identifiers and the values that changed, nothing else. Lines are added and
    never changed: a trigger of the database refuses the rest (migration 0003), whoever asks.
    """

    at = models.DateTimeField("quand", db_index=True)
    actor = models.CharField("qui", max_length=200)
    role = models.CharField("rôles à ce moment", max_length=300, blank=True, default="", db_default="")
    address = models.GenericIPAddressField("adresse", null=True, blank=True)
    act = models.CharField("acte", max_length=100)
    target = models.CharField("objet", max_length=200)
    before = models.JSONField("avant", null=True)
    after = models.JSONField("après", null=True)

    class Meta:
        verbose_name = "ligne d’audit"
        verbose_name_plural = "lignes d’audit"
        indexes = (
            models.Index(fields=["target", "at"], name="audit_target_at"),
            models.Index(fields=["actor", "at"], name="audit_actor_at"),
            models.Index(fields=["act", "at"], name="audit_act_at"),
        )
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(actor="") & ~models.Q(act=""), name="audit_line_says_who_and_what"
            ),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} : {self.act} {self.target}"


class OutgoingMail(models.Model):
    """An e-mail that a fact asked for, written in the transaction of that fact and sent by a job.

    Bodies are erased once sent: they may hold a link that works once. `about` is the label of the person it concerns
    in the audit trail (« compte 12 »).
    """

    class State(models.TextChoices):
        """Where it stands. A refusal that will not change by waiting makes it `FAILED`; `retry_mail` sends it back."""

        WAITING = "waiting", "en attente"
        SENT = "sent", "envoyé"
        FAILED = "failed", "en échec"

    key = models.UUIDField("identifiant du message", default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField("modèle", max_length=60)
    to = models.EmailField("destinataire", max_length=254)
    subject = models.CharField("objet", max_length=200)
    text = models.TextField("texte", blank=True)
    html = models.TextField("HTML", blank=True)
    about = models.CharField("personne concernée", max_length=200)
    created_at = models.DateTimeField("demandé le")
    state = models.CharField("état", max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    last_error = models.CharField("dernière erreur", max_length=300, blank=True)
    next_try_at = models.DateTimeField("prochain essai")
    sent_at = models.DateTimeField("envoyé le", null=True)

    class Meta:
        verbose_name = "courriel"
        verbose_name_plural = "courriels"
        indexes = (
            models.Index(fields=["about", "created_at"], name="mail_about_created_at"),
            models.Index(fields=["next_try_at"], name="mail_not_sent_next_try", condition=~models.Q(state="sent")),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False, text="", html="")
                | (~models.Q(state="sent") & models.Q(sent_at__isnull=True) & ~models.Q(text="")),
                name="mail_keeps_its_body_until_sent_and_no_longer",
            ),
            models.CheckConstraint(
                condition=~models.Q(to__regex=r"[\r\n]") & ~models.Q(subject__regex=r"[\r\n]"),
                name="mail_headers_hold_one_line",
            ),
        )

    def __str__(self) -> str:
        return f"courriel {self.pk} ({self.kind})"


class JobFailure(models.Model):
    """Why a job failed last: Procrastinate keeps states and counts, but no error. No personal data in `error`."""

    job_id = models.BigIntegerField("tâche", primary_key=True)
    task = models.CharField("nom", max_length=128)
    attempts = models.PositiveIntegerField("essais")
    error = models.CharField("erreur", max_length=300)
    at = models.DateTimeField("quand", db_index=True)

    class Meta:
        verbose_name = "échec de tâche"
        verbose_name_plural = "échecs de tâches"

    def __str__(self) -> str:
        return f"tâche {self.job_id} : {self.error}"
