"""The SAS agenda: what is offered (series), what was used of it (uses), and when somebody is away.

A *series* is one créneau or plage, once or every n weeks, in the wall clock of its place. Its *occurrences* are not
rows: they are computed for a window (`rules.py`), so that an open-ended series costs one row. An occurrence of which
something is known (places taken, an orientation) has a *use*, and the use alone counts: `taken` never exceeds
`capacity`, whoever clicks at the same time.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from sas.accounts.models import User
from sas.directory.models import Practitioner, Structure

MODALITIES = ("AMB", "VR", "HH")
"""Cabinet, téléconsultation, visite (v3-ActCode, interop.md §3.2)."""

LARGEST_CAPACITY = 500
MOST_EXCEPTIONS = 1000

WHOSE = Q(practitioner__isnull=False) & ~Q(place_key="") | Q(structure__isnull=False)


class Series(models.Model):
    """What a person offers at a place (`practitioner`, `place_key`), or a structure (`structure`; with `practitioner`,
    a slot of the structure's agenda that names its doctor).

    `starts_at`, `ends_at`: wall clock of `timezone`, same day. `first_on`: the first day it may occur. Once when
    `repeat_weeks` is absent; else on `weekdays` (Monday 0) of every `repeat_weeks`-th ISO week counted from that of
    `first_on`, until `until` (included) or for ever. `exceptions`: days on which it does not occur.
    `skip_public_holidays`: those of the commune `insee`. `split_minutes`: it is offered in pieces of so many minutes,
    `capacity` patients each. `version` grows with every change (optimistic lock; `changed_by`, `changed_at` say who).
    `closed_at`: it offers nothing any more, and had offered nothing yet; kept for who still has it on screen.
    """

    class Kind(models.TextChoices):
        """platform.md §5."""

        SLOT = "slot", "créneau"
        BAND = "band", "plage"

    class Source(models.TextChoices):
        """How it came here."""

        TYPED = "typed", "saisi"
        ICALENDAR = "icalendar", "importé d’un fichier iCalendar"

    practitioner = models.ForeignKey(
        Practitioner, null=True, blank=True, on_delete=models.PROTECT, related_name="series"
    )
    place_key = models.TextField("clé du lieu", blank=True, db_default="", default="")
    structure = models.ForeignKey(Structure, null=True, blank=True, on_delete=models.PROTECT, related_name="series")
    insee = models.TextField("commune du lieu")
    timezone = models.TextField("fuseau horaire du lieu")
    kind = models.TextField("nature", choices=Kind.choices)
    first_on = models.DateField("premier jour")
    starts_at = models.TimeField("de")
    ends_at = models.TimeField("à")
    capacity = models.PositiveSmallIntegerField("patients", default=1, db_default=1)
    split_minutes = models.PositiveSmallIntegerField("découpage (minutes)", null=True, blank=True)
    modalities = ArrayField(models.TextField(), verbose_name="modalités")
    repeat_weeks = models.PositiveSmallIntegerField("toutes les n semaines", null=True, blank=True)
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name="jours", db_default=[], default=list, blank=True
    )
    until = models.DateField("jusqu’au (inclus)", null=True, blank=True)
    skip_public_holidays = models.BooleanField("sauf jours fériés", default=False, db_default=False)
    exceptions = ArrayField(models.DateField(), verbose_name="sauf ces jours", db_default=[], default=list, blank=True)
    source = models.TextField("source", choices=Source.choices, db_default="typed", default="typed")
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replaced_by")
    created_by = models.TextField("créé par")
    created_at = models.DateTimeField("créé le")
    changed_by = models.TextField("modifié par")
    changed_at = models.DateTimeField("modifié le")
    version = models.PositiveIntegerField(db_default=1, default=1)
    closed_at = models.DateTimeField("fermée le", null=True, blank=True)

    class Meta:
        verbose_name = "série"
        constraints = (
            models.CheckConstraint(name="series_of_a_place_or_of_a_structure", condition=WHOSE),
            models.CheckConstraint(name="series_has_a_place", condition=~Q(timezone="")),
            models.CheckConstraint(
                name="series_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message="La fin vient après le début, le même jour.",
            ),
            models.CheckConstraint(
                name="series_capacity_is_bounded",
                condition=Q(capacity__range=(1, LARGEST_CAPACITY)) & (Q(kind="band") | Q(capacity=1)),
                violation_error_message="Un créneau reçoit un patient, une plage de 1 à 500.",
            ),
            models.CheckConstraint(
                name="series_split_is_in_steps_of_five",
                condition=Q(split_minutes__isnull=True) | Q(split_minutes__range=(5, 240)),
            ),
            models.CheckConstraint(
                name="series_modalities_are_known",
                condition=Q(modalities__contained_by=list(MODALITIES)) & ~Q(modalities=[]),
                violation_error_message="Au moins une modalité : cabinet, téléconsultation ou visite.",
            ),
            models.CheckConstraint(
                name="series_repeats_on_weekdays_or_happens_once",
                condition=Q(repeat_weeks__isnull=True, weekdays=[], until__isnull=True)
                | Q(repeat_weeks__range=(1, 52), weekdays__contained_by=[0, 1, 2, 3, 4, 5, 6]) & ~Q(weekdays=[]),
            ),
            models.CheckConstraint(
                name="series_exceptions_are_bounded",
                condition=Q(exceptions__len__lte=MOST_EXCEPTIONS) | Q(exceptions=[]),
            ),
            models.UniqueConstraint(
                fields=[
                    "practitioner", "place_key", "structure", "kind", "first_on", "starts_at", "ends_at",
                    "split_minutes", "repeat_weeks", "weekdays", "until",
                ],
                condition=Q(closed_at__isnull=True),
                nulls_distinct=False,
                name="series_never_twice_the_same",
                violation_error_message="Ce créneau existe déjà à ce lieu.",
            ),
        )  # fmt: skip
        indexes = (
            models.Index(fields=["practitioner", "first_on"], name="series_of_a_person"),
            models.Index(
                fields=["structure", "first_on"], condition=Q(structure__isnull=False), name="series_of_a_structure"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk} {self.first_on} {self.starts_at:%H:%M}"


class Use(models.Model):
    """What is known of one occurrence (or one piece of it): `taken` of its `capacity` places are taken.

    `starts_at`, with the series, names it. Written by one conditional statement (`services.py`), never read then
    written. `marked` of the taken places were said « pris » by the doctor (`marked_by`, the last time): no orientation,
    the hours still count. `gone` of the marked ones were said « plus libre » by a regulator whom the doctor's office
    told so on the phone (`gone_by`, `gone_at`).
    """

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="uses")
    starts_at = models.DateTimeField("début")
    ends_at = models.DateTimeField("fin")
    capacity = models.PositiveSmallIntegerField("places")
    taken = models.PositiveSmallIntegerField("places prises", default=0, db_default=0)
    marked = models.PositiveSmallIntegerField("dites prises", default=0, db_default=0)
    marked_by = models.TextField("dit pris par", null=True, blank=True)
    marked_at = models.DateTimeField("dit pris le", null=True, blank=True)
    gone = models.PositiveSmallIntegerField("dites plus libres", default=0, db_default=0)
    gone_by = models.TextField("dit plus libre par", null=True, blank=True)
    gone_at = models.DateTimeField("dit plus libre le", null=True, blank=True)

    class Meta:
        verbose_name = "usage d’un créneau"
        verbose_name_plural = "usages de créneaux"
        constraints = (
            models.UniqueConstraint(fields=["series", "starts_at"], name="use_once_per_occurrence"),
            models.CheckConstraint(
                name="use_never_beyond_capacity",
                condition=Q(taken__lte=F("capacity")),
                violation_error_message="Toutes les places sont prises.",
            ),
            models.CheckConstraint(name="use_marked_is_a_part_of_taken", condition=Q(marked__lte=F("taken"))),
            models.CheckConstraint(name="use_gone_is_a_part_of_marked", condition=Q(gone__lte=F("marked"))),
            models.CheckConstraint(
                name="use_gone_says_who_and_when",
                condition=Q(gone_by__isnull=True, gone_at__isnull=True)
                | Q(gone_by__isnull=False, gone_at__isnull=False),
            ),
            models.CheckConstraint(name="use_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="use_marked_says_who_and_when",
                condition=Q(marked_by__isnull=True, marked_at__isnull=True)
                | Q(marked_by__isnull=False, marked_at__isnull=False),
            ),
        )
        indexes = (models.Index(fields=["starts_at"], name="use_by_start"),)

    def __str__(self) -> str:
        return f"{self.series_id} {self.starts_at:%Y-%m-%d %H:%M} {self.taken}/{self.capacity}"


class Unavailability(models.Model):
    """Nothing is offered by this person at this place (`place_key`; empty: everywhere), or by this structure, from
    `starts_at` to `ends_at` (excluded; none: until further notice). It hides SAS agenda and editors' slots alike.

    `is_pause`: the « pause » of one press, everywhere and until resumed. Ended or withdrawn, never deleted.
    """

    practitioner = models.ForeignKey(
        Practitioner, null=True, blank=True, on_delete=models.PROTECT, related_name="unavailabilities"
    )
    place_key = models.TextField("clé du lieu", blank=True, db_default="", default="")
    structure = models.ForeignKey(
        Structure, null=True, blank=True, on_delete=models.PROTECT, related_name="unavailabilities"
    )
    starts_at = models.DateTimeField("de")
    ends_at = models.DateTimeField("à", null=True, blank=True)
    is_pause = models.BooleanField("pause", default=False, db_default=False)
    declared_by = models.TextField("déclarée par")
    declared_at = models.DateTimeField("déclarée le")
    withdrawn_by = models.TextField("retirée par", null=True, blank=True)
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True)
    changed_by = models.TextField("modifiée par", null=True, blank=True)
    changed_at = models.DateTimeField("modifiée le", null=True, blank=True)
    version = models.PositiveIntegerField(db_default=1, default=1)

    class Meta:
        verbose_name = "indisponibilité"
        constraints = (
            models.CheckConstraint(
                name="unavailability_of_a_person_or_of_a_structure",
                condition=Q(practitioner__isnull=False, structure__isnull=True)
                | Q(practitioner__isnull=True, structure__isnull=False, place_key=""),
            ),
            models.CheckConstraint(
                name="unavailability_ends_after_it_starts",
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                violation_error_message="La fin vient après le début.",
            ),
            models.CheckConstraint(
                name="unavailability_withdrawn_says_who_and_when",
                condition=Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True)
                | Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False),
            ),
            models.CheckConstraint(
                name="unavailability_pause_is_everywhere", condition=Q(is_pause=False) | Q(place_key="")
            ),
            models.UniqueConstraint(
                fields=["practitioner", "structure"],
                condition=Q(is_pause=True, ends_at__isnull=True, withdrawn_at__isnull=True),
                nulls_distinct=False,
                name="unavailability_one_pause_at_a_time",
            ),
        )
        indexes = (
            models.Index(
                fields=["practitioner", "starts_at"],
                condition=Q(withdrawn_at__isnull=True),
                name="unavailability_of_a_person",
            ),
            models.Index(
                fields=["structure", "starts_at"],
                condition=Q(withdrawn_at__isnull=True, structure__isnull=False),
                name="unavail_of_a_structure",
            ),
        )

    def __str__(self) -> str:
        return f"{self.practitioner_id or self.structure_id} {self.starts_at:%Y-%m-%d} → {self.ends_at or '…'}"


class Hold(models.Model):
    """A regulator is on the phone about an occurrence: one of its places is theirs until `expires_at` (90 s).

    It counts with the places taken: who confirms later finds it full, until it expires or is given up. Rows that are
    over are of no effect, and are removed by whoever next takes the use.
    """

    use = models.ForeignKey(Use, on_delete=models.CASCADE, related_name="holds")
    holder = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    placed_at = models.DateTimeField("posée à")
    expires_at = models.DateTimeField("expire à")

    class Meta:
        verbose_name = "créneau en cours"
        verbose_name_plural = "créneaux en cours"
        constraints = (
            models.UniqueConstraint(fields=["use", "holder"], name="hold_once_per_person"),
            models.CheckConstraint(name="hold_expires_after_it_starts", condition=Q(expires_at__gt=F("placed_at"))),
        )
        indexes = (models.Index(fields=["expires_at"], name="hold_by_end"),)

    def __str__(self) -> str:
        return f"{self.use_id} par {self.holder_id} jusqu’à {self.expires_at:%H:%M:%S}"
