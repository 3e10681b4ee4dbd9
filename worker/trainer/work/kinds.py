"""The kinds of work that a trainer does, and what each is carried out by."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from spec.kinds import TRAIN
from worker.messages import Ended
from worker.trainer.orders import OrderReader
from worker.trainer.reports import JobReporter
from worker.trainer.work.bench import Bench
from worker.trainer.work.training.run import train

Work: TypeAlias = Callable[[Any, JobReporter, Bench, OrderReader], Ended]
"""Carries an order of its kind out, and tells how it ended; reads meanwhile what else is ordered."""

WORK: Mapping[str, Work] = {TRAIN: train}
"""By kind. Which kinds come to this process, and which to one without TensorFlow, `worker.supervisor.kinds` says."""
