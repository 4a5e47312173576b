"""Signing in: what was tried, what was accepted, and the codes of a day without Pro Santé Connect."""

from django.db import models
from django.db.models import F, Q

from sas.accounts.models.people import User


class SignIn(models.Model):
    """One attempt to enter, kept for the help sheet of a person (« why did it fail? ») and their own history.

    `user` is absent when nobody was recognised; then `national_id` says whose card it was, if it was a card. A wrong
    e-mail address is never kept.
    """

    class Method(models.TextChoices):
        """How."""

        PSC = "psc", "Pro Santé Connect"
        PASSWORD = "password", "mot de passe"
        PASSKEY = "passkey", "clé d’accès"
        BREAK_GLASS = "break_glass", "code de secours"

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="sign_ins")
    national_id = models.CharField("identifiant présenté", max_length=40, blank=True, db_default="")
    at = models.DateTimeField("quand")
    method = models.CharField("moyen", max_length=20, choices=Method.choices)
    refusal = models.CharField("motif du refus", max_length=40, blank=True, db_default="")
    address = models.GenericIPAddressField("depuis", null=True, blank=True)

    class Meta:
        verbose_name = "connexion"
        indexes = (
            models.Index(fields=["user", "-at"], name="sign_in_of_user"),
            models.Index(fields=["national_id", "-at"], condition=~Q(national_id=""), name="sign_in_of_card"),
            models.Index(fields=["at"], name="sign_in_at"),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.method} {self.refusal or 'ok'}"


class TermsAcceptance(models.Model):
    """This person accepted that version of the terms of use (platform.md §2.4)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="terms")
    version = models.CharField("version", max_length=20)
    at = models.DateTimeField("acceptée le")

    class Meta:
        verbose_name = "acceptation des conditions"
        constraints = (models.UniqueConstraint(fields=["user", "version"], name="terms_accepted_once"),)

    def __str__(self) -> str:
        return f"compte {self.user_id}, version {self.version}"


class BreakGlassCode(models.Model):
    """A code printed by a national administrator for one person and one day, when Pro Santé Connect is out.

    Single use; only its SHA-256 is kept.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="break_glass_codes")
    code_sha256 = models.CharField(max_length=64, unique=True)
    valid_from = models.DateTimeField("valable du")
    valid_until = models.DateTimeField("valable jusqu’au")
    made_by = models.CharField("édité par", max_length=200)
    made_at = models.DateTimeField("édité le")
    used_at = models.DateTimeField("utilisé le", null=True, blank=True)
    revoked_at = models.DateTimeField("annulé le", null=True, blank=True)

    class Meta:
        verbose_name = "code de secours"
        constraints = (
            models.CheckConstraint(condition=Q(valid_until__gt=F("valid_from")), name="break_glass_code_lasts"),
        )

    def __str__(self) -> str:
        return f"code du compte {self.user_id}"
