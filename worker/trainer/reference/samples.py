"""Some of the rows of a job, as simple models take them: few enough, flat, and every column on the same scale."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from worker.trainer.data.prepared_rows import PreparedRows
from worker.trainer.untyped import Array

MOST_ROWS = 5_000
"""To learn from, and again to be evaluated on."""
MOST_COLUMNS = 2_048
"""Of more, those are taken that vary most: of counted words the commonest ones."""
MOST_SIDE = 32
"""Pictures are thinned out to fewer points than this on a side."""
_HELD_BACK = 5
"""Without validation rows, one of so many training rows is set apart."""
_FAR = 10.0
"""No number is further from its column's mean than so many deviations: a single one would move a linear model."""
_PIECE_NUMBERS = 2**22
_MOST_WORDS = 2**14
_SEED = 0


@dataclass(frozen=True)
class Sample:
    """What models learn from, and what they are evaluated on.

    Attributes:
        features: Of the rows to learn from: float32, (rows, columns); all are finite.
        target: Of them, as it is laid.
        weights: Of them, or None where each counts the same.
        held_back_features: Of the rows to evaluate on.
        held_back_target: Likewise.
        has_validation: Whether these are validation rows.
        every_target: Of all training rows: what a guess is made by.
    """

    features: Array
    target: Array
    weights: Array | None
    held_back_features: Array
    held_back_target: Array
    has_validation: bool
    every_target: Array


def sample_of(
    training: PreparedRows, validation: PreparedRows | None, tokens: Sequence[int], *, are_weighted: bool
) -> Sample:
    """Rows of a job, the same ones each time.

    Args:
        training: All of them.
        validation: Likewise, if there are any.
        tokens: Which inputs are numbers of words.
        are_weighted: Whether the weights of the rows count.
    """
    random = np.random.default_rng(_SEED)
    if validation is None:
        # By chance, since the rows of one class may lie together.
        order = random.permutation(len(training))
        apart = len(training) // _HELD_BACK
        held_back, learned, others = np.sort(order[:apart][:MOST_ROWS]), np.sort(order[apart:][:MOST_ROWS]), training
    else:
        learned, held_back, others = _some(random, len(training)), _some(random, len(validation)), validation
    columns = [_Columns.of(one, learned, is_tokens=place in tokens) for place, one in enumerate(training.inputs)]
    most = max(1, MOST_COLUMNS // len(columns))

    def features(rows: PreparedRows, places: Array) -> Array:
        flat = [one.scaled(array, places, most) for one, array in zip(columns, rows.inputs, strict=True)]
        return np.concatenate(flat, axis=1)

    return Sample(
        features=features(training, learned),
        target=training.target[learned],
        weights=training.weights[learned] if are_weighted and training.weights is not None else None,
        held_back_features=features(others, held_back),
        held_back_target=others.target[held_back],
        has_validation=validation is not None,
        every_target=training.target,
    )


def _some(random: np.random.Generator, rows: int) -> Array:
    """The places of some rows, in ascending order: they are read from files."""
    return np.arange(rows) if rows <= MOST_ROWS else np.sort(random.choice(rows, MOST_ROWS, replace=False))


@dataclass(frozen=True)
class _Columns:
    """How one input becomes columns, by the rows that are learned from.

    Attributes:
        is_tokens: Whether its numbers are those of words, of which columns count some.
        words: How many there are, then.
        mean: Of each flat column.
        deviation: Likewise.
    """

    is_tokens: bool
    words: int
    mean: Array
    deviation: Array

    @classmethod
    def of(cls, rows: Array, places: Array, *, is_tokens: bool) -> "_Columns":
        words = 0
        if is_tokens:
            words = 1 + int(max(rows[some].max(initial=0) for some in _pieces(rows, places)))
        count, sums, squares = 0, np.zeros(0), np.zeros(0)
        bare = cls(is_tokens, min(words, _MOST_WORDS), np.zeros(0), np.zeros(0))
        for some in _pieces(rows, places, bare.words):
            flat = bare.flat(rows[some]).astype(np.float64)
            is_finite = np.isfinite(flat)
            flat[~is_finite] = 0
            if not len(sums):
                count, sums, squares = np.zeros(flat.shape[1]), np.zeros(flat.shape[1]), np.zeros(flat.shape[1])
            count = count + is_finite.sum(axis=0)
            sums += flat.sum(axis=0)
            squares += np.square(flat).sum(axis=0)
        known = np.maximum(count, 1)
        mean = sums / known
        deviation = np.sqrt(np.maximum(squares / known - np.square(mean), 0))
        # What is left of a constant by rounding is no deviation.
        deviation[deviation <= 1e-7 * np.abs(mean)] = 0
        return cls(is_tokens, bare.words, mean, deviation)

    def flat(self, rows: Array) -> Array:
        """Some rows as (rows, columns)."""
        if self.is_tokens:
            return _counted(rows, self.words)
        picture = 3
        if rows.ndim == 1 + picture:
            rows = rows[:, :: -(-rows.shape[1] // MOST_SIDE), :: -(-rows.shape[2] // MOST_SIDE)]
        return rows.reshape(len(rows), -1)

    def scaled(self, rows: Array, places: Array, most_columns: int) -> Array:
        """Rows at these places, their columns standardized, as many as may be: float32."""
        kept = np.flatnonzero(self.deviation)
        if len(kept) > most_columns:
            kept = np.sort(kept[np.argsort(-self.deviation[kept], kind="stable")[:most_columns]])
        found = np.zeros((len(places), len(kept)), np.float32)
        filled = 0
        for some in _pieces(rows, places, self.words):
            part = (self.flat(rows[some])[:, kept].astype(np.float64) - self.mean[kept]) / self.deviation[kept]
            found[filled : filled + len(part)] = np.clip(np.nan_to_num(part, posinf=_FAR, neginf=-_FAR), -_FAR, _FAR)
            filled += len(part)
        return found


def _counted(rows: Array, words: int) -> Array:
    """How often each word is in each row; those beyond the last count as it, and what fills up counts too."""
    numbers = np.clip(rows.reshape(len(rows), -1), 0, words - 1).astype(np.int64)
    counts = np.zeros((len(rows), words), np.float32)
    np.add.at(counts, (np.arange(len(rows))[:, None], numbers), 1)
    return counts


def _pieces(rows: Array, places: Array, words: int = 0) -> list[Array]:
    """The places, some at a time."""
    each = max(1, _PIECE_NUMBERS // max(1, words, math.prod(rows.shape[1:])))
    return [places[begin : begin + each] for begin in range(0, len(places), each)]
