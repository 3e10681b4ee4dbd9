"""What only Redis does."""

from collections.abc import Iterator

import pytest
import redis

from broker.publisher import BrokerUnavailable, Publisher
from tests.services.redis import RedisServer


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[redis.Redis]:
    redis_server.flush()
    with redis.Redis(unix_socket_path=str(redis_server.socket_path)) as connection:
        yield connection


def test_a_broker_without_memory_is_told(client: redis.Redis, redis_server: RedisServer) -> None:
    publisher = Publisher(redis_server.url)
    client.config_set("maxmemory", "1")
    try:
        with pytest.raises(BrokerUnavailable, match="OutOfMemoryError"):
            publisher.publish("job_1", "any")
    finally:
        client.config_set("maxmemory", "0")
    publisher.publish("job_2", "any")
    assert client.llen("jobs.any") == 1
    publisher.close()
