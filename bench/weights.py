"""The row about weights: what it costs to begin with those of another job, and to leave one's own."""

import time

from bench import programs
from bench.figures import Finding, Goal, Measure
from bench.service import example, service, train
from bench.training import first_step_milliseconds, milliseconds_to_first_step

TURNS = 8


def weights() -> list[Finding]:
    """The way to the first step with the weights of another job and without, and what saving them costs."""
    later: list[float] = []
    with_weights: list[float] = []
    without: list[float] = []
    steps: dict[bool, list[float]] = {True: [], False: []}
    jobs: list[float] = []
    with service(NETCOACH_WORKER_SLOTS="1") as running:
        plain = example("digits")
        source, _ = train(running.calls, plain)
        begun = plain | {"training": plain["training"] | {"initial_weights": {"from": {"job": source}}}}
        train(running.calls, begun)
        for turn in range(TURNS):
            for has_weights in (turn % 2 == 0, turn % 2 == 1):
                time.sleep(0.5)  # idle
                job_id, seconds = train(running.calls, begun if has_weights else plain)
                (with_weights if has_weights else without).append(milliseconds_to_first_step(running.calls, job_id))
                steps[has_weights].append(first_step_milliseconds(running.calls, job_id))
                if not has_weights:
                    jobs.append(1000 * seconds)
            later.append(with_weights[-1] - without[-1])
    saving: list[float] = programs.run("bench.saving")
    share = [100 * spent / Measure(jobs, "ms").median for spent in saving]
    notes = [
        f"with them: {Measure(with_weights, 'ms')}; without: {Measure(without, 'ms')}",
        f"the first step itself: {Measure(steps[True], 'ms')}, {Measure(steps[False], 'ms')}: compiled once for both",
    ]
    return [
        Finding(
            "from POST to the first step, beginning with the weights of another job: how much later",
            Measure(later, "ms"),
            Goal(100, is_of_ratio=False),
            notes=notes,
        ),
        Finding(
            "what a small job spends on its files of weights",
            Measure(share, "%"),
            Goal(2, is_of_ratio=False),
            notes=[f"{Measure(saving, 'ms')} of {Measure(jobs, 'ms')} from POST to result"],
        ),
    ]
