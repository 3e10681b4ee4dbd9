"""The row about files that are sent: how fast they get to the disk, at what cost, and how much memory they take."""

import http.client
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil

from bench.figures import Finding, Goal, Measure
from bench.service import Running, service

FILE_MIB = 2048
TURNS = 3
GOAL_RATE = Goal(150.0, is_least=True, is_of_ratio=False)
GOAL_CORES = Goal(1.0, is_of_ratio=False)
GOAL_MEMORY = Goal(32.0, is_of_ratio=False)
_MIB = 2**20
_BOUNDARY = "boundary"
_HEAD = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"\r\n\r\n'.encode()
_END = f"\r\n--{_BOUNDARY}--\r\n".encode()
_LOOK_EVERY = 32


class UploadRefused(Exception):
    """The service did not take the file."""


@dataclass(frozen=True)
class _Sent:
    """A file that was sent.

    Attributes:
        rate: Megabytes a second, from the first byte to the answer.
        cores: Processor time of the API by that time.
        grown_mib: What the API held more than before, at most.
    """

    rate: float
    cores: float
    grown_mib: float


def uploads() -> list[Finding]:
    """A file of 2 GiB sent as a form over loopback, to the answer: its rate, the API's processor time and memory."""
    with service() as running:
        api = _api_of(running)
        _send(running, api, 1)
        sent = [_send(running, api, FILE_MIB) for _ in range(TURNS)]
    work = f"a file of {FILE_MIB:,} MiB from a form to the disk"
    return [
        Finding(work, Measure([one.rate for one in sent], "MB/s"), GOAL_RATE),
        Finding(f"{work}: processor time of the API", Measure([one.cores for one in sent], "cores"), GOAL_CORES),
        Finding(f"{work}: memory of the API", Measure([one.grown_mib for one in sent], "MiB"), GOAL_MEMORY),
    ]


def _api_of(running: Running) -> psutil.Process:
    children = psutil.Process(running.pid).children(recursive=True)
    return next(child for child in children if child.cmdline()[-2:] == ["-m", "api"])


def _send(running: Running, api: psutil.Process, mib: int) -> _Sent:
    # Of different bytes each time: equal ones would be removed again.
    piece, held = os.urandom(_MIB), api.memory_info().rss
    most = held

    def pieces() -> Iterator[bytes]:
        nonlocal most
        yield _HEAD
        for number in range(mib):
            if number % _LOOK_EVERY == 0:
                most = max(most, api.memory_info().rss)
            yield piece
        yield _END

    headers = {
        **running.headers,
        "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}",
        "Content-Length": str(len(_HEAD) + mib * _MIB + len(_END)),
    }
    connection = http.client.HTTPConnection(urlsplit(running.url).netloc, timeout=600)
    began, worked = time.perf_counter(), _seconds_of(api)
    try:
        connection.request("POST", "/v1/datasets", pieces(), headers)
        answer = connection.getresponse()
        told = answer.read()
    finally:
        connection.close()
    took = time.perf_counter() - began
    if answer.status != http.HTTPStatus.CREATED:
        raise UploadRefused(told.decode(errors="replace"))
    most = max(most, api.memory_info().rss)
    return _Sent(mib * _MIB / took / 1e6, (_seconds_of(api) - worked) / took, (most - held) / _MIB)


def _seconds_of(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
