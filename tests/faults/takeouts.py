# ruff: noqa: ANN401, PLC0415 -- the hooks' own signatures; a program's imports come after its clock is set
"""Parts of the product that can be taken out of a process, to see that the matrix turns red without them."""

import asyncio
import dataclasses
import re
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event

from spec.inputs import InputName
from worker.messages import InputFile

_FENCE = re.compile(r"jobs\.attempt = (\S+) AND jobs\.status = 'running'")
_TRANSITION = re.compile(r"(jobs\.status IN \([^)]*\))")
_PROJECT = re.compile(r"(jobs\.project = \$\d+(?:::VARCHAR)?)")
_NEVER_SECONDS = 86_400
_ENDLESS_BYTES = 2**40
_DATABASE_CLOCK = re.compile(r"statement_timestamp\(\)")


def rewrite_sql(rewrite: Callable[[str], str]) -> None:
    """Have every statement of this process rewritten before it goes to the database."""

    @event.listens_for(Engine, "before_cursor_execute", retval=True)
    def _(
        _connection: Any,
        _cursor: Any,
        statement: str,
        parameters: Any,
        _context: Any,
        _many: Any,
    ) -> tuple[str, Any]:
        return rewrite(statement), parameters


def without_fence() -> None:
    """An attempt writes though a later one was claimed."""
    rewrite_sql(lambda statement: _FENCE.sub(r"(jobs.attempt = \1 OR 1 = 1)", statement))


def without_transitions() -> None:
    """A job may go from any state to any other."""
    rewrite_sql(lambda statement: _TRANSITION.sub(r"(\1 OR 1 = 1)", statement))


def without_projects() -> None:
    """A job of one project is a job of all."""
    rewrite_sql(lambda statement: _PROJECT.sub(r"(\1 OR 1 = 1)", statement))


def without_immediate() -> None:
    """A transaction that will write begins as one that reads."""
    rewrite_sql(lambda statement: statement.replace("BEGIN IMMEDIATE", "BEGIN"))


def without_database_time() -> None:
    """Leases go by the worker's own clock."""
    rewrite_sql(lambda statement: _DATABASE_CLOCK.sub(f"to_timestamp({time.time()!r})", statement))


def without_row_locks() -> None:
    """What is read to be written is not locked."""
    rewrite_sql(lambda statement: statement.replace(" FOR UPDATE SKIP LOCKED", "").replace(" FOR UPDATE", ""))


def without_reconciler() -> None:
    """Nothing lost is found again."""
    from worker.supervisor.upkeep.reconciler import Reconciler

    def begin_nothing(_: Reconciler) -> None:
        return

    Reconciler.begin = begin_nothing


def without_planner() -> None:
    """Repairs go on by the hand of others."""
    from worker.supervisor.upkeep.duties import Duties

    async def leave_them(*_: Any) -> None:
        return

    Duties._go_on_with_repairs = leave_them


def without_hand_back() -> None:
    """A worker that is told to stop drops its jobs."""
    from worker.supervisor.slots import Slot

    Slot.hand_back = Slot.wake


def without_checkpoints() -> None:
    """Every attempt begins anew."""
    from worker.supervisor.attempts import runs

    async def find_none(*_: Any) -> dict[InputName, InputFile]:
        return {}

    runs.fetch = find_none


def without_exactness() -> None:
    """A later attempt draws numbers of its own."""
    from worker.supervisor.attempts.runs import Run

    order_to_train = Run._order

    async def order_otherwise(self: Run) -> Any:
        order = await order_to_train(self)
        if order.attempt > 1:
            order.spec["training"]["seed"] += 1
        return order

    Run._order = order_otherwise


def without_sweeping() -> None:
    """What lost attempts stored stays."""
    from worker.supervisor.upkeep import duties

    async def sweep_nothing(*_: Any) -> None:
        return

    duties.sweep_ended_job = sweep_nothing


def without_supervision() -> None:
    """A background loop that dies is dead, and nobody notices."""
    from background.loops import Loops

    async def run_once(_self: Loops, _name: str, run: Callable[[], Any]) -> None:
        await run()

    Loops._keep = run_once


def without_separation() -> None:
    """What cannot be done of a page is tried again with all the others, for ever."""
    from background.rounds import Rounds

    async def go(self: Rounds[Any]) -> None:
        await self.act(await self.page("", 100))

    Rounds.go = go


def without_read_back() -> None:
    """A commit of unknown outcome counts as one that failed."""
    from services.jobs import intake

    async def find_nothing(*_: Any) -> bool:
        return False

    intake._is_there = find_nothing


def without_idempotency() -> None:
    """A key says nothing."""
    from db.projects import idempotency

    async def know_none(*_: Any) -> None:
        return None

    idempotency.begin = know_none
    idempotency.store_all = know_none


def without_socket_timeout() -> None:
    """Whoever waits for the broker waits for ever."""
    from broker.dialects import Redis

    settings = Redis.settings

    def patient(self: Redis, timeout_seconds: float) -> dict[str, Any]:
        said = settings(self, timeout_seconds)
        said["broker_transport_options"] |= {"socket_timeout": None, "health_check_interval": _NEVER_SECONDS}
        return said

    Redis.settings = patient


def without_patience() -> None:
    """A storage that does not take a job's files is not waited for."""
    from worker.supervisor.attempts import runs

    deliver = runs.deliver

    async def deliver_at_once(*arguments: Any) -> Any:
        called_off = asyncio.Event()
        called_off.set()
        return await deliver(*arguments[:-1], called_off)

    runs.deliver = deliver_at_once


def without_reader_limit() -> None:
    """A process that reads files takes what memory it likes; the worker alone watches it."""
    from worker.supervisor.trainers.process import Trainer

    start = Trainer.start.__func__

    async def start_unlimited(cls: type[Trainer], seat: Any, **named: Any) -> Trainer:
        if not seat.carrier.has_tensorflow:
            seat = dataclasses.replace(seat, memory_bytes=_ENDLESS_BYTES)
        return await start(cls, seat, **named)

    Trainer.start = classmethod(start_unlimited)


def without_answer_bounds() -> None:
    """A page is as long as it is, and kept until it is read."""
    from api.jobs import reading
    from api.serving import unread

    reading.PAGE_BYTES = reading.METRICS_PAGE_BYTES = 2**40
    unread.UnreadAnswers._let_go = lambda *_: None


def without_listener_shares() -> None:
    """Whoever comes first has all that is there for those who wait."""
    from settings.api import ApiSettings

    ApiSettings.project_listeners = ApiSettings.key_listeners = property(lambda settings: settings.max_listeners)


PARTS: dict[str, Callable[[], None]] = {
    "fence": without_fence,
    "transitions": without_transitions,
    "projects": without_projects,
    "immediate": without_immediate,
    "database-time": without_database_time,
    "row-locks": without_row_locks,
    "reconciler": without_reconciler,
    "planner": without_planner,
    "hand-back": without_hand_back,
    "checkpoints": without_checkpoints,
    "exactness": without_exactness,
    "sweeping": without_sweeping,
    "supervision": without_supervision,
    "separation": without_separation,
    "read-back": without_read_back,
    "idempotency": without_idempotency,
    "socket-timeout": without_socket_timeout,
    "patience": without_patience,
    "reader-limit": without_reader_limit,
    "answer-bounds": without_answer_bounds,
    "listener-shares": without_listener_shares,
}
