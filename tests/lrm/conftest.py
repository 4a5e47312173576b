"""One broker and one dispatcher for all the tests that relay (they share an xdist group: one process starts them)."""

from collections.abc import Iterator

import pytest

from tests.fakes.hub_dispatcher import HubDispatcher
from tests.fakes.rabbitmq import SAS, RabbitMq
from tests.lrm.relaying import Settings


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMq]:
    made = RabbitMq(tmp_path_factory.mktemp("rabbitmq"))
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def dispatching(broker: RabbitMq) -> Iterator[HubDispatcher]:
    made = HubDispatcher(broker)
    made.start()
    yield made
    made.close()


@pytest.fixture
def hub(broker: RabbitMq, dispatching: HubDispatcher) -> HubDispatcher:
    broker.start()  # a test that failed may have left it dead
    dispatching.forget()
    return dispatching


@pytest.fixture
def settings_of_hub(broker: RabbitMq) -> Settings:
    return Settings(broker.url(SAS), SAS)
