"""Secrets of second factors: nothing in the database opens an account."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from hypothesis import given
from hypothesis import strategies as st

from sas.accounts.models import User
from sas.accounts.sealing import seal, unseal


@given(st.text())
def test_what_is_sealed_comes_back_and_is_never_written_twice_alike(text: str) -> None:
    assert unseal(seal(text)) == text
    assert seal(text) != seal(text)


def test_the_database_does_not_hold_the_secret_of_an_application(account: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(account, secret)
    kept = Authenticator.objects.get(user=account)
    assert secret not in str(kept.data)
    assert kept.wrap().validate_code(code_of(secret))


@pytest.mark.django_db
def test_under_another_key_no_code_fits_not_even_that_of_an_empty_secret(account: User, settings: Any) -> None:
    secret = generate_totp_secret()
    TOTP.activate(account, secret)
    settings.SECRET_KEY = "k" * 60
    factor = Authenticator.objects.get(user=account).wrap()
    assert not factor.validate_code(code_of(secret))
    assert not factor.validate_code(code_of(""))


def test_a_secret_written_before_sealing_still_works() -> None:
    assert unseal("JBSWY3DPEHPK3PXP") == "JBSWY3DPEHPK3PXP"


def code_of(secret: str) -> str:
    """The code that an application shows now."""
    counter = next(iter(yield_hotp_counters_from_time()))
    return f"{hotp_value(secret, counter):06d}"
