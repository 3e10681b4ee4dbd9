"""How a training fails, and what the service says of it."""

import errno
import re
from dataclasses import dataclass

import tensorflow as tf

from spec.states import FailureCode
from spec.training.epoch_columns import LOSS
from spec.training.non_finite import last_stretch, named
from worker.trainer.process import is_memory_used_up
from worker.trainer.results.course import Course


class TrainingFailure(Exception):
    """A failure whose cause is known.

    Attributes:
        code: Whose fault it was.
        message: A sentence without data.
        pointer: JSON Pointer into the job spec, where the cause lies there.
    """

    code = FailureCode.INTERNAL

    def __init__(self, message: str, pointer: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.pointer = pointer


class DataUnavailable(TrainingFailure):
    """The data set could not be loaded, or does not hold what it should."""

    code = FailureCode.DATA_ERROR


class InitialWeightsUnusable(TrainingFailure):
    """The weights that a training is to begin with cannot be read, or are not those of its network."""

    code = FailureCode.DATA_ERROR

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The initial weights cannot be used. {reason} Begin with another job, or train that one again.",
            "/training/initial_weights",
        )


class MemoryTooSmall(TrainingFailure):
    """The job needs more memory than this trainer may use."""

    code = FailureCode.OUT_OF_MEMORY


class Diverged(TrainingFailure):
    """The loss is no longer a finite number."""

    code = FailureCode.DIVERGED


@dataclass(frozen=True)
class Failure:
    """What is reported of a failed job.

    Attributes:
        code: Whose fault it was.
        message: A sentence without data.
        pointer: JSON Pointer to the cause, where it lies in the spec.
        is_to_be_tried_again: Whether the cause lies with this worker, and may be gone by another attempt.
    """

    code: FailureCode
    message: str
    pointer: str | None = None
    is_to_be_tried_again: bool = False


_NO_SUCH_INDEX = re.compile(r"indices\[[\d,]*\] = -?\d+ is not in \[0, \d+\)")
"""What TensorFlow says of a number that is looked up and is not there; on a GPU it says nothing, and takes zeros."""
_ALLOCATION_WORDS = ("OOM when allocating", "out of memory", "failed to allocate", "bad_alloc")
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


def failure_of(error: BaseException) -> Failure:
    """What is reported of an exception; its traceback belongs in the log alone.

    The message of an exception that was not foreseen may hold data, so only its type is told.
    """
    if isinstance(error, TrainingFailure):
        return Failure(error.code, error.message, error.pointer)
    if is_out_of_memory(error):
        return Failure(
            FailureCode.OUT_OF_MEMORY,
            "The training needs more memory than this worker has. Use a smaller network or a smaller `batch_size`.",
        )
    if isinstance(error, tf.errors.InvalidArgumentError) and _NO_SUCH_INDEX.search(str(error)):
        return Failure(
            FailureCode.DATA_ERROR,
            "An `Embedding` read a number that it has no vector for. Every number that it reads must be at least 0 and "
            "less than its `input_dim`.",
            "/network/layers",
        )
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        return Failure(FailureCode.INTERNAL, "The disk of the worker is full.", is_to_be_tried_again=True)
    message = f"The trainer failed with `{type(error).__name__}`. The log of the worker has the details."
    return Failure(FailureCode.INTERNAL, message)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory could not be had: Python's, NumPy's or TensorFlow's way of saying so.

    Native code has many others ("Arena alloc failed", "error return without exception set"): whatever goes wrong
    while the process stands at the limit of its memory goes wrong because of it.
    """
    if isinstance(error, MemoryError | tf.errors.ResourceExhaustedError):
        return True
    if isinstance(error, tf.errors.OpError) and any(word in str(error) for word in _ALLOCATION_WORDS):
        return True
    return is_memory_used_up()


def diverged_at(epoch: int, step: int, loss: float) -> Diverged:
    """The loss was found not to be finite after ``step`` of ``epoch``; both count from 1."""
    return _diverged(f"The loss became {named(loss)} after step {step} of epoch {epoch}.")


def _diverged(event: str) -> Diverged:
    return Diverged(f"{event} Try a smaller learning rate, or clip the gradients with `clipnorm`.")


def raise_if_diverged(course: Course) -> None:
    """Fail a training that ended with a loss that is no finite number.

    Raises:
        Diverged: It did.
    """
    found = course.non_finite_loss
    if found is not None:
        raise diverged_at(found.epoch, found.step, found.loss)
    if stretch := last_stretch(course.rows, LOSS):
        raise _diverged(f"The loss was {stretch.told()}.")
