"""Hints through a real broker: what they hold, and what happens while it is away, frozen or new."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from broker.app import make_celery
from broker.lines import Hint
from broker.publisher import BrokerUnavailable, Publisher
from broker.queues import HINT_TASK, QUEUES, queues_for
from tests.broker.conftest import Reader
from tests.faults.proxy import Proxy
from tests.services.rabbitmq import RabbitServer
from tests.services.redis import RedisServer

TIMEOUT_SECONDS = 0.5


@pytest.fixture
def publisher(server: RedisServer | RabbitServer, reader: Reader) -> Iterator[Publisher]:
    assert reader.jobs() == []
    opened = Publisher(server.url, timeout_seconds=TIMEOUT_SECONDS)
    yield opened
    opened.close()


def refusal_of(act: Callable[[], None]) -> tuple[str, float]:
    """What is said when the broker is unavailable, and after how long."""
    began_at = time.monotonic()
    with pytest.raises(BrokerUnavailable) as caught:
        act()
    return str(caught.value), time.monotonic() - began_at


@pytest.mark.parametrize(("accelerator", "queue"), QUEUES.items())
def test_a_hint_holds_the_id_and_only_the_id(
    publisher: Publisher, reader: Reader, accelerator: str, queue: str
) -> None:
    publisher.publish("job_1", accelerator)
    (message,) = reader.take(queue)
    assert message.content_type == "application/json"
    assert message.headers["task"] == HINT_TASK
    arguments, options, _ = message.payload
    assert (arguments, options) == (["job_1"], {})


def test_many_hints_are_sent_together_each_to_its_queue(publisher: Publisher, reader: Reader) -> None:
    numbers = range(250)
    publisher.publish_all([Hint(f"job_{number}", "gpu" if number % 5 == 0 else "any") for number in numbers])
    publisher.publish_all([])
    assert reader.jobs("jobs.gpu") == [f"job_{number}" for number in numbers if number % 5 == 0]
    assert reader.jobs("jobs.any") == [f"job_{number}" for number in numbers if number % 5]


def test_an_accelerator_without_a_queue_is_an_error(publisher: Publisher, reader: Reader) -> None:
    with pytest.raises(KeyError):
        publisher.publish_all([Hint("job_1", "any"), Hint("job_2", "tpu")])
    assert reader.jobs() == []


def test_a_broker_that_is_away_is_told_soon_and_used_again_when_it_is_back(
    publisher: Publisher, reader: Reader, server: RedisServer | RabbitServer
) -> None:
    publisher.publish("job_1", "any")
    reader.take("jobs.any")
    server.stop(signal.SIGKILL)
    try:
        assert refusal_of(lambda: publisher.publish("job_2", "any"))[1] < 3
        assert refusal_of(publisher.ping)[1] < 3
    finally:
        server.start()
    publisher.publish("job_3", "any")
    publisher.ping()
    assert reader.jobs() == ["job_3"]


@contextmanager
def after_a_hint(server: RedisServer | RabbitServer) -> Iterator[tuple[Publisher, Proxy]]:
    """A publisher that has sent ``job_1``, and the proxy between it and the broker."""
    with Proxy(server.address) as proxy:
        publisher = Publisher(server.url_by(proxy.port), timeout_seconds=TIMEOUT_SECONDS)
        publisher.publish("job_1", "any")
        yield publisher, proxy
        publisher.close()


def test_a_connection_that_was_cut_between_two_hints_is_not_noticed(
    server: RedisServer | RabbitServer, reader: Reader
) -> None:
    with after_a_hint(server) as (publisher, proxy):
        proxy.cut()
        publisher.publish("job_2", "any")
        publisher.ping()
    assert reader.jobs() == ["job_1", "job_2"]


def test_a_half_open_connection_is_replaced_within_a_few_time_outs(
    server: RedisServer | RabbitServer, reader: Reader
) -> None:
    with after_a_hint(server) as (publisher, proxy):
        proxy.swallow()
        began_at = time.monotonic()
        publisher.publish("job_2", "any")
        assert 0.8 * TIMEOUT_SECONDS < time.monotonic() - began_at < 5
    assert reader.jobs() == ["job_1", "job_2"]


def test_a_broker_that_is_frozen_is_told_in_a_few_time_outs(
    publisher: Publisher, reader: Reader, server: RedisServer | RabbitServer
) -> None:
    publisher.publish("job_1", "any")
    os.kill(server.pid, signal.SIGSTOP)
    try:
        assert 0.4 < refusal_of(lambda: publisher.publish("job_2", "any"))[1] < 5
        assert 0.4 < refusal_of(publisher.ping)[1] < 5
    finally:
        os.kill(server.pid, signal.SIGCONT)
    publisher.publish("job_3", "any")
    jobs = reader.jobs()
    # A hint that was refused may have arrived nevertheless.
    assert (jobs[0], jobs[-1]) == ("job_1", "job_3")
    assert len(jobs) <= 4


def test_a_worker_listens_to_the_queues_of_its_accelerators() -> None:
    assert queues_for(["cpu", "any", "any"]) == ["jobs.any", "jobs.cpu"]
    consumed = make_celery("redis://localhost", queues=["jobs.any"]).amqp.queues
    assert list(consumed) == ["jobs.any"]


def test_no_pickle_is_accepted() -> None:
    assert make_celery("redis://localhost").conf.accept_content == ["json"]


@pytest.mark.parametrize("url", ["redis://user:hunter2@127.0.0.1:1/0", "amqp://user:hunter2@127.0.0.1:1//"])
def test_the_password_is_not_told(url: str) -> None:
    said, _ = refusal_of(Publisher(url, timeout_seconds=0.5).ping)
    assert "hunter2" not in said
