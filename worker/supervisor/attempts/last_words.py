"""What a trainer's last word on an attempt means: its own, or the way it died."""

from dataclasses import dataclass

from spec.kinds import READ, TRAIN
from spec.states import FailureCode
from worker.messages import Ended
from worker.supervisor.attempts.dialogue import Why
from worker.supervisor.trainers.process import TrainerExit


@dataclass(frozen=True)
class _Words:
    """What is told of a kind of work.

    Attributes:
        process: Who carries it out.
        too_large: What to do where it needs more memory than its process may use.
        too_long: What to do where it takes longer than it may; ``{seconds}`` is how long that is.
        pointer: Where the job's spec says how long, if a client wrote it.
        is_final: Whether it needs as much memory the next time, so that it is not tried again.
    """

    process: str
    too_large: str
    too_long: str
    pointer: str | None = None
    is_final: bool = False


_WORDS = {
    TRAIN: _Words(
        process="The trainer process",
        too_large=(
            "The training used more memory than this worker allows for a job. "
            "Use a smaller network or a smaller `batch_size`."
        ),
        too_long=(
            "The attempt ran for longer than its limit of {seconds:g} seconds. "
            "Set a higher `max_runtime_seconds`, or train for fewer epochs."
        ),
        pointer="/resources/max_runtime_seconds",
    ),
    READ: _Words(
        process="The process that read the file",
        too_large=(
            "The file needs more memory than this worker has for reading. "
            "Write it with smaller rows, row groups or pictures."
        ),
        too_long="Reading the file took longer than {seconds:g} seconds. Split it into smaller files.",
        is_final=True,
    ),
}
"""By the kind of the work; what is not in here is told of as a training is."""


@dataclass(frozen=True)
class Failure:
    """Why a job failed that its trainer has no word on."""

    code: FailureCode
    message: str
    pointer: str | None = None


def loss_of(end: Ended | TrainerExit, why: Why | None, kind: str = TRAIN) -> tuple[FailureCode, str]:
    """Whose fault it was that the attempt was lost, and in what way; for one that was not, nobody asks."""
    words = _WORDS.get(kind, _WORDS[TRAIN])
    if isinstance(end, Ended):
        return code_of(end), end.message or f"{words.process} stopped unexpectedly."
    if why is Why.HUNG:
        return FailureCode.WORKER_LOST, f"{words.process} stopped responding and was killed."
    if why is Why.OUT_OF_MEMORY:
        return FailureCode.OUT_OF_MEMORY, words.too_large
    if end.is_out_of_memory:
        return FailureCode.OUT_OF_MEMORY, f"{words.process} was killed because the machine ran out of memory."
    return FailureCode.WORKER_LOST, f"{words.process} {end}."


def failure_of(why: Why | None, kind: str, max_runtime_seconds: float | None) -> Failure | None:
    """What the job fails with since it was stopped for this reason; None if that does not end it."""
    words = _WORDS.get(kind, _WORDS[TRAIN])
    if why is Why.TIMED_OUT:
        return Failure(FailureCode.TIMED_OUT, words.too_long.format(seconds=max_runtime_seconds or 0), words.pointer)
    if why is Why.OUT_OF_MEMORY and words.is_final:
        return Failure(FailureCode.OUT_OF_MEMORY, words.too_large)
    return None


def is_paused(end: Ended | TrainerExit) -> bool:
    """Whether the trainer has come to the epoch that the job was to pause at."""
    return isinstance(end, Ended) and end.outcome == "paused"


def code_of(end: Ended) -> FailureCode:
    """What the trainer says that failed."""
    return FailureCode(end.code) if end.code in set(FailureCode) else FailureCode.INTERNAL


def word_of(end: Ended | TrainerExit) -> str:
    """For the log."""
    return end.outcome if isinstance(end, Ended) else str(end)
