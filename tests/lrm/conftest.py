"""One broker and one dispatcher for all the tests that relay (they share an xdist group: one process starts them)."""

import gc
import logging
import sys
import warnings
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
    collect_broken_connections()


@pytest.fixture
def hub(broker: RabbitMq, dispatching: HubDispatcher) -> Iterator[HubDispatcher]:
    broker.start()  # a test that failed may have left it dead
    dispatching.forget()
    yield dispatching
    collect_broken_connections()


def collect_broken_connections() -> None:
    """Of a connection that breaks, the AMQP library leaves closings that nobody awaits and errors that nobody reads.

    They are collected here: in the middle of another test, they would be a fault of that one.
    """
    before, sys.unraisablehook = sys.unraisablehook, lambda _: None
    quiet = logging.getLogger("asyncio")
    quiet.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            gc.collect()
    finally:
        quiet.disabled = False
        sys.unraisablehook = before


@pytest.fixture
def settings_of_hub(broker: RabbitMq) -> Settings:
    return Settings(broker.url(SAS), SAS)
