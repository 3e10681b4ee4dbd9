# ruff: noqa: ANN401, PLC0415 -- arguments are passed on; a program's imports come after its clock is set
"""Places in the product where a program can be made to die at once, as by ``kill -9``.

A failpoint fires when a file of its name lies in a folder. It takes the file away first, so it fires once.
"""

import asyncio
import os
import threading
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

EXIT_CODE = 137
_ENDS = " loop "


def arm(folder: Path, point: str) -> None:
    """Have the next program that comes to this point die there."""
    folder.mkdir(exist_ok=True)
    (folder / point).touch()


def is_armed(folder: Path, point: str) -> bool:
    """Whether nobody has died there yet."""
    return (folder / point).exists()


def end_loop(folder: Path, program: str, name: str) -> None:
    """Have the background loop of this name cancelled in the program, by somebody who has no business to."""
    folder.mkdir(exist_ok=True)
    (folder / f"{program}{_ENDS}{name}").touch()


def install(program: str, folder: Path) -> None:
    """Put the failpoints of this program into place."""
    folder.mkdir(exist_ok=True)
    _install_ends_of_loops(program, folder)
    if program == "api":
        _install_api(folder)
    else:
        _install_worker(folder)


def shift_clock(seconds: float) -> None:
    """Have this process believe that it is so much later."""
    real_time, real_time_ns = time.time, time.time_ns
    time.time = lambda: real_time() + seconds
    time.time_ns = lambda: real_time_ns() + round(seconds * 1e9)


def _install_ends_of_loops(program: str, folder: Path) -> None:
    from background.loops import Loops

    tasks: dict[str, tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = {}
    supervised = Loops.supervised

    def remembered(self: Loops, name: str, run: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        task = supervised(self, name, run)
        tasks[name] = (asyncio.get_running_loop(), task)
        return task

    def watch() -> None:
        while True:
            for path in folder.glob(f"{program}{_ENDS}*"):
                loop, task = tasks[path.name.removeprefix(f"{program}{_ENDS}")]
                loop.call_soon_threadsafe(task.cancel)
                path.unlink()
            time.sleep(0.02)

    Loops.supervised = remembered
    threading.Thread(target=watch, daemon=True, name="ends of loops").start()


def _die_if_armed(folder: Path, point: str) -> None:
    try:
        (folder / point).unlink()
    except FileNotFoundError:
        return
    os._exit(EXIT_CODE)


def _install_api(folder: Path) -> None:
    from db.jobs import jobs
    from services.hints import HintRelay

    offer = HintRelay.offer

    def offer_or_die(self: HintRelay, hint: Any) -> None:
        _die_if_armed(folder, "after commit")
        offer(self, hint)

    HintRelay.offer = offer_or_die
    jobs.create_all = _dying_after(jobs.create_all, folder, "before commit")


def _install_worker(folder: Path) -> None:
    from db.attempts import endings
    from worker.supervisor.workplace import Workplace

    has_finished: ContextVar[bool] = ContextVar("has_finished", default=False)
    finish, write = endings.finish, Workplace.write

    async def finish_or_die(*arguments: Any, **named: Any) -> None:
        await finish(*arguments, **named)
        has_finished.set(True)
        _die_if_armed(folder, "before final commit")

    async def write_or_die(self: Workplace, act: Callable[[Any], Awaitable[Any]]) -> Any:
        has_finished.set(False)
        result = await write(self, act)
        if has_finished.get():
            _die_if_armed(folder, "after final commit")
        return result

    endings.finish = finish_or_die
    Workplace.write = write_or_die
    _install_planner(folder)


def _install_planner(folder: Path) -> None:
    """A planner of repairs dies in the transaction of a step that it takes, or behind it."""
    from db.repairs import steps
    from services.repairs.planner import Planner

    has_taken: ContextVar[bool] = ContextVar("has_taken", default=False)
    take, advance = steps.take, Planner.advance

    async def take_and_note(*arguments: Any) -> bool:
        is_taken = await take(*arguments)
        has_taken.set(is_taken)
        return is_taken

    async def advance_or_die(self: Planner, job_id: str) -> Any:
        has_taken.set(False)
        made = await advance(self, job_id)
        if has_taken.get():
            _die_if_armed(folder, "after repair commit")
        return made

    steps.take = take_and_note
    Planner.advance = advance_or_die
    for step in ("add", "promote", "end"):
        setattr(steps, step, _dying_after(getattr(steps, step), folder, "before repair commit"))


def _dying_after(act: Callable[..., Awaitable[Any]], folder: Path, point: str) -> Callable[..., Awaitable[Any]]:
    async def act_or_die(*arguments: Any, **named: Any) -> Any:
        result = await act(*arguments, **named)
        _die_if_armed(folder, point)
        return result

    return act_or_die
