"""Calls made « en sus »: to whom, what they said (platform.md §7.3)."""

from django.db import models
from django.db.models import Q

from sas.accounts.models import User
from sas.directory.models import Practitioner, Structure, Territory


class Solicitation(models.Model):
    """One call by one regulator to a professional's practice, or to the structure that stands for its members.

    `call_back_at`: when they asked to be called again. A mistake is withdrawn, never rewritten.
    """

    class Outcome(models.TextChoices):
        """What came of it."""

        NO_ANSWER = "no_answer", "pas de réponse"
        CALL_BACK = "call_back", "à rappeler"
        REFUSED_TODAY = "refused_today", "ne peut pas aujourd’hui"
        ACCEPTED = "accepted", "accepte"

    practitioner = models.ForeignKey(
        Practitioner, null=True, blank=True, on_delete=models.PROTECT, related_name="solicitations"
    )
    structure = models.ForeignKey(
        Structure, null=True, blank=True, on_delete=models.PROTECT, related_name="solicitations"
    )
    territory = models.ForeignKey(Territory, null=True, blank=True, on_delete=models.PROTECT)
    outcome = models.TextField("issue", choices=Outcome.choices)
    call_back_at = models.DateTimeField("à rappeler à", null=True, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="solicitations", verbose_name="appel de")
    made_at = models.DateTimeField("appelé le")
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)

    class Meta:
        verbose_name = "sollicitation en sus"
        verbose_name_plural = "sollicitations en sus"
        constraints = (
            models.CheckConstraint(
                name="solicitation_of_a_person_or_of_a_structure",
                condition=Q(practitioner__isnull=False, structure__isnull=True)
                | Q(practitioner__isnull=True, structure__isnull=False),
            ),
            models.CheckConstraint(
                name="solicitation_outcome_is_known",
                condition=Q(outcome__in=["no_answer", "call_back", "refused_today", "accepted"]),
            ),
            models.CheckConstraint(
                name="solicitation_call_back_says_when",
                condition=Q(outcome="call_back", call_back_at__isnull=False)
                | ~Q(outcome="call_back") & Q(call_back_at__isnull=True),
            ),
        )
        indexes = (
            models.Index(
                fields=["practitioner", "-made_at"],
                condition=Q(withdrawn_at__isnull=True, practitioner__isnull=False),
                name="solicitation_of_a_person",
            ),
            models.Index(
                fields=["structure", "-made_at"],
                condition=Q(withdrawn_at__isnull=True, structure__isnull=False),
                name="solicitation_of_a_structure",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.made_at:%Y-%m-%d %H:%M}"
