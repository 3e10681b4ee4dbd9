"""The brokers under test: Redis always, RabbitMQ when pytest is told `--rabbitmq`, and then nothing else."""

import time
from collections.abc import Iterator

import pytest
from kombu.connection import Connection
from kombu.message import Message

from broker.app import make_celery
from tests.services.rabbitmq import RabbitServer
from tests.services.redis import RedisServer
from tests.services.servers import started


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rabbitmq", action="store_true", help="run the tests that need RabbitMQ, and only these")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # The option is unknown to a run that began above this folder.
    is_wanted = config.getoption("rabbitmq", default=False)
    unwanted = [item for item in items if (item.get_closest_marker("rabbitmq") is None) is is_wanted]
    if unwanted:
        config.hook.pytest_deselected(items=unwanted)
        items[:] = [item for item in items if item not in unwanted]


@pytest.fixture(scope="session")
def rabbit_server() -> Iterator[RabbitServer]:
    """A running RabbitMQ; a test that stops it starts it again."""
    with started(RabbitServer()) as server:
        with Connection(server.url) as connection, connection.channel() as channel:
            for queue in make_celery(server.url).amqp.queues.values():
                queue(channel).declare()
        # RabbitMQ 3.10 loses a quorum queue for good that is younger than this when the node is killed.
        time.sleep(1.5)
        yield server


@pytest.fixture(scope="session", params=["redis", pytest.param("rabbitmq", marks=pytest.mark.rabbitmq)])
def server(request: pytest.FixtureRequest) -> RedisServer | RabbitServer:
    """A running broker: the test runs once on each kind."""
    return request.getfixturevalue("redis_server" if request.param == "redis" else "rabbit_server")


class Reader:
    """Looks into the queues as a worker would."""

    def __init__(self, url: str) -> None:
        self._app = make_celery(url)
        self._url = url

    def take(self, queue: str) -> list[Message]:
        """All that waits in a queue, oldest first; nothing is left."""
        taken: list[Message] = []
        with Connection(self._url) as connection, connection.channel() as channel:
            bound = self._app.amqp.queues[queue](channel)
            bound.declare()
            while (message := bound.get(no_ack=True)) is not None:
                taken.append(message)
        return taken

    def jobs(self, queue: str = "jobs.any") -> list[str]:
        """The jobs whose hints wait in a queue; nothing is left."""
        return [message.payload[0][0] for message in self.take(queue)]


@pytest.fixture
def reader(server: RedisServer | RabbitServer) -> Reader:
    """A reader of queues that are empty."""
    reader = Reader(server.url)
    for queue in ("jobs.any", "jobs.cpu", "jobs.gpu"):
        reader.take(queue)
    return reader
