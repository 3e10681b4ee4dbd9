"""How long a trainer that is to stop has for what it saves. The trainer is a program that says what one would say."""

import asyncio
import os
import sys
import time

from db.attempts.attempts import Fence
from worker.messages import Ended, Train
from worker.supervisor.attempts.dialogue import Dialogue, Limits, Why
from worker.supervisor.trainers.process import Trainer, TrainerExit

GRACE_SECONDS, MOST_SECONDS = 1.0, 3.0

SAVING = """
import json, sys, time
seconds, is_hanging = float(sys.argv[1]), sys.argv[2] == "hangs"
about = {"job_id": "job_1", "attempt": 1}

def tell(report, **said):
    print(json.dumps({"report": report, **about, **said}), flush=True)

sys.stdin.readline()
assert json.loads(sys.stdin.readline())["do"] == "stop"
so_far = {"report": "ended", **about, "outcome": "stopped", "results": {"epochs_run": 3}}
began_at = time.monotonic()
tell("saving", so_far=so_far)
while time.monotonic() < began_at + seconds:
    time.sleep(0.1)
    tell("saving")
if is_hanging:
    time.sleep(60)
tell("ended", outcome="stopped", results={"epochs_run": 3, "can_be_continued": True})
time.sleep(60)
"""


async def trainer_that_saves(seconds: float, then: str) -> Trainer:
    """A process that saves for so long once it is told to stop, and then ends its job or hangs."""
    orders_out, orders_in = os.pipe()
    reports_out, reports_in = os.pipe()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SAVING, str(seconds), then), stdin=orders_out, stdout=reports_in
    )
    os.close(orders_out)
    os.close(reports_in)
    loop, reports = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reports), os.fdopen(reports_out, "rb", 0))
    orders, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(orders_in, "wb", 0))
    return Trainer(process, reports, orders)


async def stopped(seconds: float, then: str, *later: Why) -> tuple[Dialogue, Ended | TrainerExit, float]:
    """Cancel such a training; how it ended, and after how many seconds."""
    trainer = await trainer_that_saves(seconds, then)
    limits = Limits(
        max_runtime_seconds=None,
        progress_timeout_seconds=60.0,
        stop_grace_seconds=GRACE_SECONDS,
        most_grace_seconds=MOST_SECONDS,
        memory_bytes=2**40,
    )
    dialogue = Dialogue(trainer, Fence("job_1", 1), limits)
    running = asyncio.create_task(dialogue.run(Train(job_id="job_1", attempt=1, spec={}, work_dir="/")))
    try:
        dialogue.stop(Why.CANCELLED)
        while dialogue.so_far is None:
            await dialogue.next_news()
        began_at = time.monotonic()
        for why in later:
            dialogue.stop(why)
        while (end := (await dialogue.next_news()).end) is None:
            pass
        return dialogue, end, time.monotonic() - began_at
    finally:
        await trainer.end()
        await running


async def test_a_trainer_has_time_to_save_as_long_as_it_gives_signs_of_life() -> None:
    saves, hangs, never_ends, hurried = await asyncio.gather(
        stopped(2 * GRACE_SECONDS, "ends"),
        stopped(GRACE_SECONDS / 2, "hangs"),
        stopped(1000.0, "ends"),
        stopped(1000.0, "ends", Why.HANDED_BACK),
    )
    assert isinstance(saves[1], Ended)
    assert saves[1].results == {"epochs_run": 3, "can_be_continued": True}
    for dialogue, end, _ in (hangs, never_ends, hurried):
        assert isinstance(end, TrainerExit)
        assert dialogue.so_far is not None
        assert dialogue.so_far.results == {"epochs_run": 3}
    assert GRACE_SECONDS < hangs[2] < never_ends[2]
    # Not for ever, whatever signs it gives; and a worker that is itself to stop waits for none of them.
    assert hurried[2] < never_ends[2]
