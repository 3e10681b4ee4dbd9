"""The row about growth: every read with much stored and much queued beside the same read with next to nothing."""

import asyncio
import itertools
from contextlib import ExitStack
from urllib.parse import quote

from bench.databases import NAMES, database
from bench.figures import Finding, Goal, Measure, percentile
from bench.requests import Client, Request
from bench.seeding import Seeded, seed
from bench.service import service

TURNS = 3
READS = 400
"""Of each kind, in each turn and on each side."""
QUEUED = 10_000
ENDED = 1000
EPOCHS_EACH = 1000
FEW = 20
"""Jobs that wait, and jobs that have ended, on the side without much: a page of each."""
GOAL = Goal(1.5)


def on_sqlite() -> list[Finding]:
    """Every read with much stored beside the same with little, on the embedded database."""
    return _measured("sqlite")


def on_postgresql() -> list[Finding]:
    """The same on PostgreSQL."""
    return _measured("postgresql")


class _Side:
    """One of two services, and the requests whose answers are of the same size on both."""

    def __init__(self, stack: ExitStack, kind: str, *, queued: int, ended: int, epochs_each: int) -> None:
        url, settings = stack.enter_context(database(kind))
        seeded = asyncio.run(seed(url, queued=queued, ended=ended, epochs_each=epochs_each))
        running = stack.enter_context(service(NETCOACH_WORKER_SLOTS="1", **settings))
        self._client = Client(running.url, running.headers)
        stack.callback(self._client.close)
        self.requests = {name: itertools.cycle(requests) for name, requests in _reads(seeded).items()}

    def milliseconds(self, name: str) -> float:
        """What the next request of this kind took."""
        return self._client.send(next(self.requests[name]))[1] * 1000


def _measured(kind: str) -> list[Finding]:
    with ExitStack() as stack:
        few = _Side(stack, kind, queued=FEW, ended=FEW, epochs_each=EPOCHS_EACH)
        many = _Side(stack, kind, queued=QUEUED, ended=ENDED, epochs_each=EPOCHS_EACH)
        findings = {name: _compared(name, few, many) for name in many.requests}
    worst = max(findings.values(), key=lambda finding: finding.ratio.median if finding.ratio else 0)
    others = [f"{name} {finding.ratio}" for name, finding in findings.items() if finding is not worst]
    work = f"reads with {QUEUED:,} jobs queued and {ENDED * EPOCHS_EACH:,} epochs stored, {NAMES[kind]}: p99"
    return [
        Finding(
            f"{work} of the read that grows most, {worst.work}",
            worst.ours,
            GOAL,
            worst.peer_name,
            worst.peer,
            [", ".join(others)],
        )
    ]


def _compared(name: str, few: _Side, many: _Side) -> Finding:
    """One kind of read, on the two sides by turns, so that what disturbs one disturbs the other."""
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(TURNS):
        pairs = [(many.milliseconds(name), few.milliseconds(name)) for _ in range(READS)]
        ours.append(percentile([mine for mine, _ in pairs], 99))
        theirs.append(percentile([other for _, other in pairs], 99))
    return Finding(name, Measure(ours, "ms"), GOAL, "with a page of jobs", Measure(theirs, "ms"))


def _reads(seeded: Seeded) -> dict[str, list[Request]]:
    """Each kind of read, of several jobs where it is of one: a real client does not read the same job for ever."""
    waiting, ended = _spread(seeded.queued), _spread(seeded.ended)
    paths = {
        "a queued job": [f"/v1/jobs/{job}" for job in waiting],
        "an ended job": [f"/v1/jobs/{job}" for job in ended],
        "results": [f"/v1/jobs/{job}/results" for job in ended],
        "100 epochs": [f"/v1/jobs/{job}/metrics?limit=100&after_epoch={EPOCHS_EACH // 2}" for job in ended],
        "events": [f"/v1/jobs/{job}/events" for job in ended],
        "artifacts": [f"/v1/jobs/{job}/artifacts" for job in ended],
        "a page of jobs": ["/v1/jobs?limit=10"],
        "a page of queued jobs": ["/v1/jobs?limit=10&status=queued"],
        "a page of ended jobs": ["/v1/jobs?limit=10&status=succeeded"],
        "jobs by data set": ["/v1/jobs?limit=10&dataset=digits"],
        "jobs by name": ["/v1/jobs?limit=1&name=" + quote("job 7")],
        "jobs by metadata": ["/v1/jobs?limit=1&metadata[team]=" + quote("team 7")],
        "new jobs": ["/v1/jobs?limit=10&created_after=2099-01-01T00:00:00Z"],
        "old jobs": ["/v1/jobs?limit=10&created_before=2001-01-01T00:00:00Z"],
        "workers": ["/v1/workers"],
    }
    return {name: [Request("GET", path) for path in several] for name, several in paths.items()}


def _spread(job_ids: list[str]) -> list[str]:
    """Twenty jobs from all along the list."""
    return job_ids[:: max(1, len(job_ids) // FEW)]
