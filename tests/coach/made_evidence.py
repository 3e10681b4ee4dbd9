"""Evidence of jobs that nobody trained: curves and signals as they would be, for rules to judge."""

from collections.abc import Mapping, Sequence
from typing import Any

from coach.coached_job import coached_job
from coach.evidence import ColumnsSeen, EpochSeen, Evidence, ReferenceSeen, StartSeen
from tests.spec.jobs import MEMORY_BYTES
from tests.spec.own_datasets import facts_of

Signals = Mapping[str, Mapping[str, float | Sequence[float]]]
"""A layer's name -> a signal's name -> its value in every epoch, or one for each."""

DENSE = {"type": "Dense", "units": 32, "activation": "relu"}
TEN = {"type": "Dense", "units": 10, "activation": "softmax"}
ONE = {"type": "Dense", "units": 1}

WELL = {"gradient_norm": 0.5, "update_ratio": 2e-3, "weight_norm": 6.0, "non_finite": 0.0}
"""A layer that learns."""

LEARNED = {"loss": [1.5, 0.8, 0.5, 0.35, 0.25, 0.2, 0.17, 0.15], "score": [0.5, 0.7, 0.8, 0.88, 0.9, 0.92, 0.93, 0.94]}
"""Curves of a network that learns the digits."""
STUCK = {"loss": [2.31, 2.3, 2.3, 2.3, 2.3, 2.3, 2.3, 2.3], "score": [0.1, 0.11, 0.1, 0.1, 0.11, 0.1, 0.1, 0.1]}
"""Of one that does not."""
CREEPING = {
    "loss": [2.29, 2.27, 2.25, 2.23, 2.21, 2.19, 2.17, 2.15],
    "score": [0.1, 0.12, 0.13, 0.14, 0.15, 0.16, 0.17, 0.2],
}
"""Of one that would, in many more epochs."""


def layers(*hidden: Mapping[str, Any], output: Mapping[str, Any] = TEN) -> list[dict[str, Any]]:
    """A network on pictures, whose dense layers are called dense, dense_1, …"""
    return [{"type": "Flatten"}, *(dict(one) for one in hidden), dict(output)]


def spec(
    network: Sequence[Mapping[str, Any]] | None = None, dataset: Any = "digits", **training: object
) -> dict[str, Any]:
    """A job on the digits, unless another data set is named."""
    usual: dict[str, object] = {
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "optimizer": {"type": "Adam", "learning_rate": 0.001},
        "epochs": 8,
        "batch_size": 32,
        "validation_split": 0.2,
    }
    return {
        "dataset": dataset,
        "network": {"layers": list(network or layers(DENSE, DENSE))},
        "training": usual | training,
    }


def evidence(
    said: Mapping[str, Any],
    loss: Sequence[float] = (),
    score: Sequence[float] = (),
    *,
    train_score: Sequence[float] | None = None,
    val_loss: Sequence[float] | None = None,
    metric: str = "accuracy",
    signals: Signals | None = None,
    start_signals: Mapping[str, Mapping[str, float]] | None = None,
    start_loss: float = 2.35,
    scale: float = 1.0,
    class_rows: Sequence[int] = (144,) * 10,
    deviation: float | None = None,
    reference: Mapping[str, float] | None = None,
    guess: float = 0.1,
    is_final: bool = True,
    failure: str | None = None,
) -> Evidence:
    """A job of which all of that was seen; by default all layers do well, and a linear model reaches 0.95.

    Args:
        said: Its spec.
        loss: Of each epoch; none of a job that was only sent.
        score: Of each epoch, on the validation rows.
        train_score: On the training rows; as on the others, unless it is given.
        val_loss: As the loss, unless it is given.
        metric: ``accuracy``, or ``mse``, whose numbers are errors.
        signals: Beside those of layers that do well.
        start_signals: Of the first weights, likewise.
        start_loss: Of the first weights.
        scale: Of the inputs.
        class_rows: Of each class.
        deviation: Of a target of numbers.
        reference: Scores of reference models.
        guess: The score of always saying the same.
        is_final: Whether the job has ended.
        failure: The code of its failure.
    """
    job = coached_job(said, facts_of=facts_of, max_memory_bytes=MEMORY_BYTES)
    names = [
        name
        for name, layer in zip(job.inferred.wiring.names, job.inferred.layers, strict=True)
        if hasattr(layer, "units")
    ]
    told = {name or "": {**WELL, **(signals or {}).get(name or "", {})} for name in names}
    rows = []
    for number, value in enumerate(loss):
        metrics = {"loss": value, "val_loss": (val_loss or loss)[number]}
        metrics |= {metric: (train_score or score)[number], f"val_{metric}": score[number]}
        rows.append(EpochSeen(number + 1, metrics, {name: _at(one, number) for name, one in told.items()}))
    if not rows:
        return Evidence(job)
    first = {name or "": {**WELL, **(start_signals or {}).get(name or "", {})} for name in names}
    columns = ColumnsSeen(-2 * scale, 2 * scale, 0.0, scale, scale, scale)
    inputs = dict.fromkeys(job.inferred.inputs, columns)
    counts = () if deviation else class_rows
    start = StartSeen(inputs, counts, None, deviation, start_loss, first, 1437)
    known = ReferenceSeen("r2" if deviation else "accuracy", 0.0 if deviation else guess, reference or {"linear": 0.95})
    return Evidence(job, rows, start, known, is_final, failure)


def _at(signals: Mapping[str, float | Sequence[float]], number: int) -> dict[str, float]:
    return {name: value if isinstance(value, int | float) else value[number] for name, value in signals.items()}
