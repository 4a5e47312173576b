"""How an account comes to somebody: a request from the signed-out home, an invitation by e-mail."""

from django.db import models
from django.db.models import F, Q

from sas.accounts.models.people import User


class Invitation(models.Model):
    """A single-use link sent by e-mail (platform.md §2.2). Only the token's SHA-256 is kept.

    A new invitation revokes the former ones. Open: neither used nor revoked, and not expired.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField("envoyée le")
    expires_at = models.DateTimeField("valable jusqu’au")
    used_at = models.DateTimeField("utilisée le", null=True, blank=True)
    revoked_at = models.DateTimeField("remplacée le", null=True, blank=True)

    class Meta:
        verbose_name = "invitation"
        constraints = (
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(revoked_at__isnull=True), name="invitation_ends_in_one_way"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="invitation_lasts"),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
                name="invitation_one_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"invitation du compte {self.user_id}"


class AccountRequest(models.Model):
    """Somebody asks for an account from the signed-out home; account managers of the territory answer.

    Not an account: nothing is granted until one press makes the invitation. Erased a while after its answer.
    """

    class State(models.TextChoices):
        """Where the request stands."""

        NEW = "new", "à traiter"
        INVITED = "invited", "invitation envoyée"
        REFUSED = "refused", "refusée"

    territory = models.ForeignKey("directory.Territory", on_delete=models.PROTECT, related_name="account_requests")
    role = models.CharField("rôle demandé", max_length=30)
    email = models.EmailField("adresse électronique")
    family_name = models.CharField("nom", max_length=100)
    given_name = models.CharField("prénom", max_length=100)
    profession = models.CharField("profession", max_length=100, blank=True)
    message = models.TextField("message", max_length=1000, blank=True)
    state = models.CharField("état", max_length=10, choices=State.choices, db_default="new", default="new")
    created_at = models.DateTimeField("reçue le")
    answered_at = models.DateTimeField("traitée le", null=True, blank=True)
    answered_by = models.CharField("traitée par", max_length=200, blank=True, db_default="")
    answer = models.TextField("motif", blank=True, db_default="")
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="requests")
    told_at = models.DateTimeField("annoncée aux gestionnaires le", null=True, blank=True)

    class Meta:
        verbose_name = "demande de compte"
        constraints = (
            models.CheckConstraint(
                condition=Q(state="new", answered_at__isnull=True) | (~Q(state="new") & Q(answered_at__isnull=False)),
                name="account_request_answered_says_when",
            ),
            models.CheckConstraint(condition=Q(state__in=["new", "invited", "refused"]), name="account_request_state"),
        )
        indexes = (
            models.Index(fields=["territory", "state", "created_at"], name="account_request_to_answer"),
            models.Index(fields=["created_at"], condition=Q(told_at__isnull=True), name="account_request_to_tell"),
        )

    def __str__(self) -> str:
        return f"demande {self.pk} ({self.get_state_display()})"
