"""A territory, its software, and somebody who sends patients."""

import pytest

from sas.accounts.models import User
from sas.lrm.models import Lrm
from tests.factories import directory
from tests.factories import orientation as make


@pytest.fixture
def nord(db: None) -> Lrm:
    """The SAS of the Nord, whose LRM the Hub reaches."""
    directory.territory()
    return make.lrm()


@pytest.fixture
def sender(nord: Lrm) -> User:
    """A regulator of the Nord."""
    return make.regulator("SAS-59")
