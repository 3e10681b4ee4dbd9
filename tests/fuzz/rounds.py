"""How long to fuzz: one round of fixed examples in the suite, rounds of fresh ones for minutes in ``make fuzz``."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

import hypothesis
from hypothesis import HealthCheck, Phase, settings

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Rounds:
    """The rounds of one run.

    Attributes:
        first_seed: Of the first round; each one after it has the next number.
        seconds: For all tests together; 0 is one round each.
    """

    first_seed: int
    seconds: float

    @classmethod
    def from_environment(cls) -> "Rounds":
        """As ``make fuzz MINUTES=… SEED=…`` says."""
        return cls(int(os.environ.get("SEED") or 1), 60 * float(os.environ.get("FUZZ_MINUTES") or 0))

    def seeds(self, share: float) -> Iterator[int]:
        """The seeds of one test, which takes this share of the time."""
        end = time.monotonic() + share * self.seconds
        for number, seed in enumerate(count(self.first_seed)):
            if number and time.monotonic() >= end:
                return
            yield seed

    def bounded(self, things: Iterable[Thing], share: float, *, fewest: int) -> Iterator[Thing]:
        """The first things of many, and more of them while the share of the time lasts."""
        end = time.monotonic() + share * self.seconds
        for number, thing in enumerate(things):
            if number >= fewest and time.monotonic() >= end:
                return
            yield thing


def tried(examples: int, *, steps: int = 1) -> settings:
    """Settings of one round: nothing is remembered from other runs, so a seed always gives the same examples."""
    return settings(
        max_examples=examples,
        suppress_health_check=list(HealthCheck),
        # To shorten a journey takes as long as hundreds of them, each with jobs that train.
        phases=(Phase.explicit, Phase.generate, *((Phase.shrink,) if steps == 1 else ())),
        print_blob=False,
        stateful_step_count=steps,
    )


def run(seed: int, test: Callable[[], object], call: Callable[[], None] | None = None) -> None:
    """One round; a failure names the seed.

    Args:
        seed: Of the round.
        test: Made by ``@given``, or a state machine.
        call: Runs it; the test itself, unless said.
    """
    hypothesis.seed(seed)(test)
    try:
        (call or test)()
    except BaseException as error:
        error.add_note(f"again with: make fuzz SEED={seed}")
        raise
