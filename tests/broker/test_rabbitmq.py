"""What only RabbitMQ does."""

import shlex
import time
from collections.abc import Iterator
from pathlib import Path

import amqp
import pytest

from broker.publisher import BrokerUnavailable, Publisher
from tests.broker.conftest import Reader
from tests.services.rabbitmq import RabbitServer

pytestmark = pytest.mark.rabbitmq


@pytest.fixture
def publisher(rabbit_server: RabbitServer) -> Iterator[Publisher]:
    opened = Publisher(rabbit_server.url, timeout_seconds=1)
    opened.ping()
    yield opened
    opened.close()


@pytest.fixture
def channel(rabbit_server: RabbitServer) -> Iterator[amqp.Channel]:
    with amqp.Connection(f"{rabbit_server.address[0]}:{rabbit_server.address[1]}") as connection:
        yield connection.channel()


def test_queues_are_durable_quorum_queues(publisher: Publisher, rabbit_server: RabbitServer) -> None:
    publisher.ping()
    listed = rabbit_server.control("--quiet", "--no-table-headers", "list_queues", "name", "type", "durable")
    assert "jobs.any\tquorum\ttrue" in listed.splitlines()


def test_the_rights_that_the_deployment_page_names_suffice(rabbit_server: RabbitServer) -> None:
    page = (Path(__file__).parents[2] / "docs" / "deployment.md").read_text()
    (line,) = [line for line in page.splitlines() if "rabbitmqctl set_permissions" in line]
    _, *arguments = shlex.split(line)
    rabbit_server.control("add_vhost", "vhost")
    rabbit_server.control("add_user", "user", "password")
    rabbit_server.control(*arguments)
    url = rabbit_server.url.replace("guest:guest", "user:password").removesuffix("/") + "vhost"
    publisher = Publisher(url, timeout_seconds=1)
    publisher.publish("job_1", "any")
    publisher.close()
    assert Reader(url).jobs() == ["job_1"]


def test_a_queue_that_was_deleted_is_made_again(
    publisher: Publisher, channel: amqp.Channel, rabbit_server: RabbitServer
) -> None:
    publisher.publish("job_1", "any")
    channel.queue_delete("jobs.any")
    publisher.publish("job_2", "any")
    assert Reader(rabbit_server.url).jobs() == ["job_2"]


def test_a_queue_of_another_type_is_told(publisher: Publisher, channel: amqp.Channel) -> None:
    channel.queue_delete("jobs.any")
    channel.queue_declare("jobs.any", durable=True, auto_delete=False)
    try:
        with pytest.raises(
            BrokerUnavailable,
            match=r"refused the request: 406 PRECONDITION_FAILED.*'x-queue-type'.*'jobs.any'",
        ):
            publisher.ping()
    finally:
        channel.queue_delete("jobs.any")
    publisher.publish("job_1", "any")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("guest:guest@", "guest:hunter2@"), "refused the request: 403 ACCESS_REFUSED"),
        (("//", "//nowhere"), "refused the request: 530 NOT_ALLOWED - vhost /nowhere not found"),
    ],
)
def test_a_broker_that_lets_nobody_in_is_told(rabbit_server: RabbitServer, change: tuple[str, str], said: str) -> None:
    begun, _, end = rabbit_server.url.rpartition(change[0])
    with pytest.raises(BrokerUnavailable, match=said) as caught:
        Publisher(begun + change[1] + end, timeout_seconds=1).ping()
    assert "hunter2" not in str(caught.value)


def test_a_broker_without_memory_is_told_at_once(publisher: Publisher, rabbit_server: RabbitServer) -> None:
    publisher.publish("job_1", "any")
    rabbit_server.control("set_vm_memory_high_watermark", "absolute", "1000")
    try:
        said = ""
        deadline = time.monotonic() + 20
        while "short of memory" not in said:
            assert time.monotonic() < deadline, said
            began_at = time.monotonic()
            try:
                publisher.publish("job_2", "any")
            except BrokerUnavailable as error:
                said = str(error)
        assert time.monotonic() - began_at < 0.9
        publisher.ping()
    finally:
        rabbit_server.control("set_vm_memory_high_watermark", "0.6")
    deadline = time.monotonic() + 20
    while True:
        try:
            publisher.publish("job_3", "any")
        except BrokerUnavailable:
            assert time.monotonic() < deadline
        else:
            break
