"""``python -m tests.faults.hostile``: a tenant that does with its key what harms others, until it is killed.

Reads from standard input what it is told, as JSON: `Orders`.
"""

import asyncio
import dataclasses
import json
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import httpx

from tests.api.readers import Reader
from tests.services.keys import bearer

WEBHOOKS = 20
TESTS_EACH = 3
READERS = 16
LISTENERS_AT_ONCE = 20
UNDER_WAY = "under way"
"""What is said once every attack has begun."""


@dataclasses.dataclass(frozen=True)
class Orders:
    """What to do to whom.

    Attributes:
        address: Of the API.
        key: An admin's.
        job_path: Of a job that has not ended, with a long history.
        attacks: Names of `ATTACKS`.
    """

    address: str
    key: str
    job_path: str
    attacks: list[str]


def slow_bodies() -> list[tuple[str, bytes]]:
    """The bodies that took longest to check (a path and JSON each)."""
    alike: list[dict[str, Any]] = [
        {"type": "Dense", "units": 3, "name": "a" * 60 + f"{number:04d}"} for number in range(999)
    ]
    alike.append({"type": "Add", "inputs": ["a" * 99 + str(number % 10) for number in range(20)]})
    names = [f"n{number}" for number in range(900)]
    wide: list[dict[str, Any]] = [{"type": "Dense", "units": 1, "name": name, "inputs": ["input"]} for name in names]
    wide += [{"type": "Add", "name": f"add{number}", "inputs": names} for number in range(98)]
    columns = [f"mean fractal dimensiom{number}" for number in range(10_000)]
    softmax = [{"type": "Dense", "units": 3, "activation": "softmax"}]
    inspections: list[dict[str, Any]] = [
        {"network": {"layers": alike}, "input_shape": [4]},
        {"network": {"layers": wide}, "input_shape": [1] * 10 + [4]},
        {"network": {"layers": softmax}, "dataset": {"name": "iris", "features": columns}},
    ]
    bodies = [json.dumps(inspection).encode() for inspection in inspections]
    bodies.append(b'{"network": ' + b"[" * 60 + b"[]," * 94_000 + b"[]" + b"]" * 60 + b"}")
    return [("/v1/networks/inspect", body) for body in bodies]


async def send_slow_bodies(orders: Orders, client: httpx.AsyncClient, begun: asyncio.Event) -> None:
    """One after the other, over and over."""
    del orders
    while True:
        for path, body in slow_bodies():
            begun.set()
            await client.post(path, content=body, headers={"Content-Type": "application/json"})


async def read_nothing(orders: Orders, client: httpx.AsyncClient, begun: asyncio.Event) -> None:
    """The largest pages on many connections, many times each; whoever is let go comes again."""
    del client
    paths = ("/v1/jobs?limit=100", f"{orders.job_path}/metrics?limit=10000")
    key = list(bearer(orders.key).items())
    readers: list[Reader] = []
    while True:
        readers += [await Reader.open(orders.address, path, key, times=10) for path in paths * (READERS // 2)]
        begun.set()
        await asyncio.sleep(3)
        for reader in readers:
            reader.close()
        readers.clear()


async def listen(orders: Orders, client: httpx.AsyncClient, begun: asyncio.Event) -> None:
    """Streams without end."""
    del client
    key = [*bearer(orders.key).items(), ("Accept", "text/event-stream")]
    readers: list[Reader] = []
    for _ in range(1_000):
        readers += [
            await Reader.open(orders.address, f"{orders.job_path}/events", key) for _ in range(LISTENERS_AT_ONCE)
        ]
        await asyncio.sleep(0.5)
        if len(readers) >= 10 * LISTENERS_AT_ONCE:
            begun.set()


async def hang(orders: Orders, client: httpx.AsyncClient, begun: asyncio.Event) -> None:
    """Webhooks that take a message and never answer, with messages for all of them."""
    del orders

    async def say_nothing(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    made = [(await client.post("/v1/webhooks", json={"url": url})).json() for _ in range(WEBHOOKS)]
    for _ in range(TESTS_EACH):
        for webhook in made:
            await client.post(f"/v1/webhooks/{webhook['id']}/test")
    begun.set()
    await asyncio.Event().wait()


Attack = Callable[[Orders, httpx.AsyncClient, asyncio.Event], Coroutine[Any, Any, None]]
ATTACKS: dict[str, Attack] = {"slow": send_slow_bodies, "unread": read_nothing, "listeners": listen, "webhooks": hang}


async def main() -> None:
    orders = Orders(**json.loads(sys.stdin.read()))
    begun = [asyncio.Event() for _ in orders.attacks]
    async with (
        httpx.AsyncClient(base_url=orders.address, headers=bearer(orders.key), timeout=120) as client,
        asyncio.TaskGroup() as tasks,
    ):
        for name, event in zip(orders.attacks, begun, strict=True):
            tasks.create_task(ATTACKS[name](orders, client, event))
        await asyncio.gather(*(event.wait() for event in begun))
        sys.stdout.write(UNDER_WAY + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
