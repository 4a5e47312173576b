from collections.abc import Callable
from datetime import date

import pytest

from sas.directory.models import PracticeLocation, Practitioner, Structure


@pytest.fixture
def person() -> Callable[..., Practitioner]:
    """Makes a doctor with two places in Lille: `person("810000000001")`."""

    def make(national_id: str = "810000000001") -> Practitioner:
        made = Practitioner.objects.create(
            national_id=national_id, family_name="Essai", profession="10", updated_on=date(2026, 1, 1)
        )
        for place in ("a", "b"):
            PracticeLocation.objects.create(
                practitioner=made, place_key=place, specialty="mg", profession="10", national_id=national_id,
                family_name="Essai", insee="59350", department="59", latitude=50.63, longitude=3.06,
                precision="commune", timezone="Europe/Paris", updated_on=date(2026, 1, 1),
            )  # fmt: skip
        return made

    return make


@pytest.fixture
def cpts() -> Structure:
    return Structure.objects.create(
        national_id="1590000001",
        kind="cpts",
        name="CPTS de l’Essai",
        latitude=50.63,
        longitude=3.06,
        precision="commune",
        updated_on=date(2026, 1, 1),
    )
