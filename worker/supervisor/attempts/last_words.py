"""What a trainer's last word on an attempt means: its own, or the way it died."""

from spec.states import FailureCode
from worker.messages import Ended
from worker.supervisor.attempts.dialogue import Why
from worker.supervisor.trainers.process import TrainerExit


def loss_of(end: Ended | TrainerExit, why: Why | None) -> tuple[FailureCode, str]:
    """Whose fault it was that the attempt was lost, and in what way; for one that was not, nobody asks."""
    if isinstance(end, Ended):
        return code_of(end), end.message or "The trainer process stopped unexpectedly."
    if why is Why.HUNG:
        return FailureCode.WORKER_LOST, "The trainer process stopped responding and was killed."
    if why is Why.OUT_OF_MEMORY:
        return FailureCode.OUT_OF_MEMORY, (
            "The training used more memory than this worker allows for a job. "
            "Use a smaller network or a smaller `batch_size`."
        )
    if end.is_out_of_memory:
        return FailureCode.OUT_OF_MEMORY, "The trainer process was killed because the machine ran out of memory."
    return FailureCode.WORKER_LOST, f"The trainer process {end}."


def is_paused(end: Ended | TrainerExit) -> bool:
    """Whether the trainer has come to the epoch that the job was to pause at."""
    return isinstance(end, Ended) and end.outcome == "paused"


def code_of(end: Ended) -> FailureCode:
    """What the trainer says that failed."""
    return FailureCode(end.code) if end.code in set(FailureCode) else FailureCode.INTERNAL


def word_of(end: Ended | TrainerExit) -> str:
    """For the log."""
    return end.outcome if isinstance(end, Ended) else str(end)
