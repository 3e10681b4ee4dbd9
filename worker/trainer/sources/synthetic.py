"""Rows that are made by a formula, of whole numbers alone: the same bits on every machine, Python and NumPy.

Chance is the raw output of PCG64. NumPy promises never to change that, unlike the methods of its ``Generator``, and no
sine is taken, whose last bit depends on the library of the machine.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from spec.datasets.synthetic import CHANNELS, FORMS, LONGEST_REVIEW, OPINIONS, REVIEW_WORDS, STEPS, WORDS
from worker.trainer.sources.rows import RawRows
from worker.trainer.sources.source import Source
from worker.trainer.untyped import Array

_UNIT = 1024
"""Values are multiples of its inverse, so float32 holds each of them exactly."""
_PERIOD = 2**16
_NUMBERS = {word: number for number, word in enumerate(REVIEW_WORDS, start=1)}


@dataclass(frozen=True)
class _Synthetic(Source):
    """The first rows are to train on, the others to test with.

    Attributes:
        rows: To train on.
        test_rows: To test with.
        seed: Of the chance in them.
    """

    rows: int
    test_rows: int
    seed: int

    def stamp(self) -> str | None:
        """Of the formula: another one needs another number here, or prepared rows of the old one are used on."""
        return f"formula 1, {self}"

    def load(self) -> RawRows:
        """Made anew."""
        features, target = self._made(self.rows + self.test_rows, np.random.PCG64(self.seed))
        first = slice(self.rows)
        rest = slice(self.rows, None)
        return RawRows(features[first], target[first], features[rest], target[rest])

    @abstractmethod
    def _made(self, rows: int, chance: np.random.PCG64) -> tuple[Array, Array]:
        """So many rows and their classes."""


class Waveforms(_Synthetic):
    """Series of (steps, channels): a form that is repeated, with any period, phase and size, under noise.

    Each form has a mean of 0 over its period, and a phase that is drawn: no single step tells anything.
    """

    def _made(self, rows: int, chance: np.random.PCG64) -> tuple[Array, Array]:
        form = _drawn(chance, rows) % len(FORMS)
        # Periods of 10 to 32 steps.
        step = 2048 + _drawn(chance, rows) % 4506
        phase = _drawn(chance, rows * CHANNELS).reshape(rows, 1, CHANNELS)
        size = 512 + _drawn(chance, rows * CHANNELS).reshape(rows, 1, CHANNELS) % _UNIT
        place = (phase + step[:, None, None] * np.arange(STEPS)[:, None]) % _PERIOD
        forms = np.stack(_forms(place))
        clean = np.take_along_axis(forms, form[None, :, None, None], axis=0)[0] * size // _UNIT
        # The sum of four numbers is close to a normal distribution; its deviation is about 0.35.
        noise = _drawn(chance, 4 * rows * STEPS * CHANNELS).reshape(4, rows, STEPS, CHANNELS).sum(axis=0)
        features = clean + (noise - 2 * _PERIOD) * 5 // 512
        return (features / _UNIT).astype(np.float32), form


class Reviews(_Synthetic):
    """Rows of the numbers of words, 0 after the last: made-up sentences about films.

    A sentence has two halves, "the plot was not good" and the like, and a word between them. After ``but`` the second
    half counts, before ``although`` the first, and those around ``and`` agree. So the same words, in another order, can
    say the opposite.
    """

    def _made(self, rows: int, chance: np.random.PCG64) -> tuple[Array, Array]:
        features = np.zeros((rows, LONGEST_REVIEW), np.int16)
        target = _drawn(chance, rows) % len(OPINIONS)
        # More numbers than a sentence needs, so that each begins at a place of its own.
        numbers = _drawn(chance, rows * LONGEST_REVIEW).reshape(rows, LONGEST_REVIEW)
        for row, opinion, drawn in zip(features, target.tolist(), numbers.tolist(), strict=True):
            words = _sentence(is_positive=opinion == 1, drawn=iter(drawn))
            row[: len(words)] = [_NUMBERS[word] for word in words]
        return features, target


def _drawn(chance: np.random.PCG64, count: int) -> Array:
    """So many whole numbers from 0 on, before 2**16: the highest bits of PCG64's."""
    return (chance.random_raw(count) >> np.uint64(48)).astype(np.int32)


def _forms(place: Array) -> tuple[Array, ...]:
    """What each form is at these places of its period, in the order of `FORMS`."""
    half = _PERIOD // 2
    within = place % half
    sign = np.where(place < half, 1, -1)
    rising = place // (_PERIOD // (2 * _UNIT)) - _UNIT
    pulses = np.where(place < _PERIOD // 8, 7 * _UNIT // 4, -_UNIT // 4)
    return (sign * (within * (half - within) >> 18), sign * _UNIT, rising, -1 - rising, pulses)


def _sentence(*, is_positive: bool, drawn: Iterator[int]) -> list[str]:
    connective = WORDS.connectives[next(drawn) % len(WORDS.connectives)]
    is_first_positive = is_positive if connective != "but" else not is_positive
    is_second_positive = is_positive if connective != "although" else not is_positive
    return [
        *_one_of(WORDS.openings, drawn),
        *_half(drawn, is_positive=is_first_positive),
        connective,
        *_half(drawn, is_positive=is_second_positive),
        *_one_of(WORDS.closings, drawn),
    ]


def _half(drawn: Iterator[int], *, is_positive: bool) -> list[str]:
    """A statement: praise, or what is no praise because it is negated, or the other way round."""
    is_negated = next(drawn) % 3 == 0
    said = WORDS.praise if is_positive != is_negated else WORDS.blame
    subject = WORDS.subjects[next(drawn) % len(WORDS.subjects)]
    negation = _one_of(WORDS.negations, drawn) if is_negated else ()
    return ["the", subject, "was", *negation, *_one_of(WORDS.degrees, drawn), said[next(drawn) % len(said)]]


def _one_of(pieces: Sequence[tuple[str, ...]], drawn: Iterator[int]) -> tuple[str, ...]:
    return pieces[next(drawn) % len(pieces)]
