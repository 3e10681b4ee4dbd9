"""The order in which an epoch takes its rows: part of the contract, so that a run can be repeated at home."""

from collections.abc import Callable

import numpy as np

from spec.training.training import TrainingSpec
from worker.trainer.untyped import Array


class SeedMissing(Exception):
    """A job came without a seed."""


def seed_of(training: TrainingSpec) -> int:
    """The job's seed, which the service draws where the client said none.

    Raises:
        SeedMissing: It was not filled in.
    """
    if training.seed is None:
        raise SeedMissing("The seed of the job is not set.")
    return training.seed


def order_of_rows(training: TrainingSpec, rows: int) -> Callable[[int], Array]:
    """Epoch (from 0) -> the order of its rows: ``default_rng([seed, epoch]).permutation(rows)`` where shuffled."""
    if not training.shuffle:
        natural = np.arange(rows)
        return lambda _: natural
    seed = seed_of(training)
    return lambda epoch: np.random.default_rng([seed, epoch]).permutation(rows)
