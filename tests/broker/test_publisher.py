"""Hints through a real Redis: what they hold, and what happens while it is away, frozen, full or new."""

import base64
import json
import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest
import redis

from broker.app import make_celery
from broker.publisher import BrokerUnavailable, Publisher
from broker.queues import HINT_TASK, QUEUES, queues_for
from tests.services.redis import RedisServer


@pytest.fixture
def client(redis_server: RedisServer, broker_url: str) -> Iterator[redis.Redis]:
    assert broker_url == redis_server.url
    with redis.Redis(unix_socket_path=str(redis_server.socket_path)) as connection:
        yield connection


@pytest.fixture
def publisher(broker_url: str) -> Iterator[Publisher]:
    opened = Publisher(broker_url, timeout_seconds=0.5)
    yield opened
    opened.close()


def refuses(act: Callable[[], None]) -> float:
    """How long it took to say that the broker is unavailable."""
    began_at = time.monotonic()
    with pytest.raises(BrokerUnavailable):
        act()
    return time.monotonic() - began_at


@pytest.mark.parametrize(("accelerator", "queue"), QUEUES.items())
def test_a_hint_holds_the_id_and_only_the_id(
    publisher: Publisher, client: redis.Redis, accelerator: str, queue: str
) -> None:
    publisher.publish("job_1", accelerator)
    (raw,) = client.lrange(queue, 0, -1)
    message = json.loads(raw)
    assert message["content-type"] == "application/json"
    assert message["headers"]["task"] == HINT_TASK
    arguments, options, _ = json.loads(base64.b64decode(message["body"]))
    assert (arguments, options) == (["job_1"], {})


def test_an_accelerator_without_a_queue_is_an_error(publisher: Publisher) -> None:
    with pytest.raises(KeyError):
        publisher.publish("job_1", "tpu")


def test_a_worker_listens_to_the_queues_of_its_accelerators() -> None:
    assert queues_for(["cpu", "any", "any"]) == ["jobs.any", "jobs.cpu"]
    consumed = make_celery("redis://localhost", queues=["jobs.any"]).amqp.queues
    assert list(consumed) == ["jobs.any"]


def test_no_pickle_is_accepted() -> None:
    assert make_celery("redis://localhost").conf.accept_content == ["json"]


def test_a_broker_that_restarts_between_two_hints_is_not_noticed(
    publisher: Publisher, client: redis.Redis, redis_server: RedisServer
) -> None:
    publisher.publish("job_1", "any")
    redis_server.stop(signal.SIGKILL)
    redis_server.start()
    publisher.publish("job_2", "any")
    assert client.llen("jobs.any") == 1
    publisher.ping()


def test_a_broker_that_is_away_is_told_soon_and_used_again_when_it_is_back(
    publisher: Publisher, client: redis.Redis, redis_server: RedisServer
) -> None:
    publisher.publish("job_1", "any")
    redis_server.stop(signal.SIGKILL)
    try:
        assert refuses(lambda: publisher.publish("job_2", "any")) < 3
        assert refuses(publisher.ping) < 3
    finally:
        redis_server.start()
    publisher.publish("job_3", "any")
    assert client.llen("jobs.any") == 1


def test_a_broker_that_is_frozen_is_told_in_a_few_time_outs(
    publisher: Publisher, client: redis.Redis, redis_server: RedisServer
) -> None:
    publisher.publish("job_1", "any")
    os.kill(redis_server.pid, signal.SIGSTOP)
    try:
        assert 0.4 < refuses(lambda: publisher.publish("job_2", "any")) < 5
        assert 0.4 < refuses(publisher.ping) < 5
    finally:
        os.kill(redis_server.pid, signal.SIGCONT)
    publisher.publish("job_3", "any")
    # A hint that was refused may have arrived nevertheless.
    assert client.llen("jobs.any") >= 2


def test_a_broker_without_memory_is_told(publisher: Publisher, client: redis.Redis) -> None:
    client.config_set("maxmemory", "1")
    try:
        refuses(lambda: publisher.publish("job_1", "any"))
    finally:
        client.config_set("maxmemory", "0")
    publisher.publish("job_2", "any")
    assert client.llen("jobs.any") == 1


@pytest.mark.parametrize("url", ["redis://user:hunter2@127.0.0.1:1/0", "amqp://user:hunter2@127.0.0.1:1//"])
def test_the_password_is_not_told(url: str) -> None:
    with pytest.raises(BrokerUnavailable) as caught:
        Publisher(url, timeout_seconds=0.5).ping()
    assert "hunter2" not in str(caught.value)
