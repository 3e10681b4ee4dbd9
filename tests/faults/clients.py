"""A client that keeps a log of what the service acknowledged: what the oracle holds the service to."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.faults.specs import identity

KEY = "fault_key"
"""The client's key stands in the job's metadata too, so that twins are found whether they were acknowledged or not."""
_PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class Acknowledged:
    """A POST that was answered with 201."""

    job_id: str
    key: str
    training: str


@dataclass
class Client:
    """Posts jobs, each with a key of its own, and notes every answer.

    Attributes:
        acknowledged: By the job's id.
        answers: Status codes of POSTs, and how often each came; 0 stands for none at all.
        latencies_seconds: Of the POSTs that were answered.
        strays: What no answer may be.
        datasets: The data sets whose creation was answered with 201, and the SHA-256 of their files.
    """

    http: httpx.AsyncClient
    acknowledged: dict[str, Acknowledged] = field(default_factory=dict)
    answers: dict[int, int] = field(default_factory=dict)
    latencies_seconds: list[float] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    datasets: dict[str, str] = field(default_factory=dict)
    _last_key: int = 0

    def new_key(self) -> str:
        """A key that no other POST of this client has."""
        self._last_key += 1
        return f"key-{self._last_key}"

    async def post(
        self, spec: dict[str, Any], key: str | None = None, *, http: httpx.AsyncClient | None = None
    ) -> httpx.Response | None:
        """One POST, over another connection if that is said; None if no answer came."""
        key = key or self.new_key()
        body = {**spec, "metadata": {KEY: key}}
        began_at = time.monotonic()
        try:
            answer = await (http or self.http).post("/v1/jobs", json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            self._count(0)
            return None
        self.latencies_seconds.append(time.monotonic() - began_at)
        self._count(answer.status_code)
        if answer.status_code == httpx.codes.CREATED:
            job_id = answer.json()["id"]
            self.acknowledged[job_id] = Acknowledged(job_id, key, identity(spec))
        elif answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            if "Retry-After" not in answer.headers:
                self.strays.append("503 without Retry-After")
        elif answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            self.strays.append(f"{answer.status_code}: {answer.text}")
        return answer

    async def insist(self, spec: dict[str, Any], key: str | None = None, *, timeout_seconds: float = 30) -> str:
        """POST with one key until it is acknowledged; the job's id."""
        key = key or self.new_key()
        deadline = time.monotonic() + timeout_seconds
        while True:
            answer = await self.post(spec, key)
            if answer is not None and answer.status_code == httpx.codes.CREATED:
                return answer.json()["id"]
            said = "no answer" if answer is None else f"{answer.status_code} {answer.text}"
            refused = answer is not None and answer.status_code not in {409, 503}
            assert not refused, said
            assert time.monotonic() < deadline, f"not acknowledged in {timeout_seconds} s: {said}"
            await asyncio.sleep(_PAUSE_SECONDS)

    async def ask(self, job_id: str, what: str) -> int:
        """POST …/cancel, …/pause or …/resume; the status code, 0 if no answer came."""
        try:
            answer = await self.http.post(f"/v1/jobs/{job_id}/{what}")
        except httpx.TransportError:
            return 0
        unavailable = httpx.codes.SERVICE_UNAVAILABLE
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR and answer.status_code != unavailable:
            self.strays.append(f"{what}: {answer.status_code}: {answer.text}")
        return answer.status_code

    def percentile_seconds(self, share: float) -> float:
        """Of the latencies."""
        ordered = sorted(self.latencies_seconds)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]

    def _count(self, status: int) -> None:
        self.answers[status] = self.answers.get(status, 0) + 1
