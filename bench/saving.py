"""What saving the weights takes of a small job, within a trainer's process: milliseconds of each job, as JSON."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from bench.service import example
from worker.messages import Train
from worker.trainer import devices
from worker.trainer.checkpoints.state import TrainingState
from worker.trainer.data.prepared import PreparedDataSets
from worker.trainer.orders import OrderReader
from worker.trainer.reports import JobReporter, ReportWriter
from worker.trainer.weights.best import WeightsReader
from worker.trainer.work.bench import Bench
from worker.trainer.work.training import run

TURNS = 12
_WARM_UP = 2


def main() -> None:
    """Trains the small job again and again, and adds up what is done for its files of weights."""
    devices.configure("cpu", 1, 1)
    spent: list[float] = []
    _time(run, "save_weights", spent)
    _time(TrainingState, "note_end", spent)
    _time(WeightsReader, "note", spent)
    bench = Bench(PreparedDataSets(), devices.names(), 1)
    sums: list[float] = []
    for number in range(_WARM_UP + TURNS):
        spent.clear()
        _train(bench, number)
        sums.append(1000 * sum(spent))
    sys.stdout.write(json.dumps(sums[_WARM_UP:]) + "\n")


def _train(bench: Bench, number: int) -> None:
    spec = example("digits")
    with tempfile.TemporaryDirectory() as folder:
        order = Train(
            job_id=f"job_{number}",
            attempt=1,
            spec=spec | {"training": spec["training"] | {"seed": number}},
            work_dir=folder,
        )
        writer = ReportWriter(os.open(os.devnull, os.O_WRONLY))
        writer.start()
        ended = run.train(order, JobReporter(writer, order), bench, OrderReader(-1))
        writer.close()
    if ended.outcome != "succeeded":
        raise RuntimeError(f"the job {ended.outcome}: {ended.message}")


def _time(owner: Any, name: str, spent: list[float]) -> None:  # noqa: ANN401 -- a module or a class
    """Has each call of a function add the seconds it took."""
    function: Callable[..., Any] = getattr(owner, name)

    def timed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 -- as the function
        began = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            spent.append(time.perf_counter() - began)

    setattr(owner, name, timed)


if __name__ == "__main__":
    main()
