"""Rows that stay in their files: a few batches at a time come into memory, through ``tf.data``, ahead of their need."""

import itertools
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple
from weakref import WeakValueDictionary

import numpy as np
import tensorflow as tf

from worker.trainer.untyped import Array, KerasObject, Tensor, Tensors

_CHUNK_BYTES = 2**23
_CHUNKS_AHEAD = 2
"""What is in memory at once: those ahead, the one being read and the one being used."""

_HOST = "/CPU:0"


class Steps(NamedTuple):
    """Some steps of an epoch, with their rows in memory.

    Attributes:
        tensors: The rows, in the order in which the steps take them.
        offset: The step, of the whole epoch, whose rows come first in them.
        first: The first step to be taken, of the whole epoch.
        stop: One past the last.
    """

    tensors: Tensors
    offset: int
    first: int
    stop: int


class StreamedRows:
    """The rows of some arrays, read chunk by chunk on a thread of their own.

    Args:
        arrays: Mapped from files, equally many rows in each.
        batch_size: Rows a step.
        chunk_bytes: A chunk is as many steps as fit into so much, at least one.
    """

    def __init__(self, arrays: Sequence[Array], batch_size: int, chunk_bytes: int = _CHUNK_BYTES) -> None:
        self._arrays = tuple(arrays)
        self._batch_size = batch_size
        self.count = len(arrays[0])
        self.steps = -(-self.count // batch_size)
        step_bytes = sum(array[:1].nbytes for array in arrays) * batch_size
        self._steps_at_once = max(1, chunk_bytes // step_bytes)
        self._pipeline = self._build_pipeline()
        self._chunks: Iterator[Tensors] = iter(())
        self._order: Tensor | None = None
        self._rows: Array | None = None
        # The step at which the pipeline began, and those of the chunk at hand: none.
        self._begin = 0
        self._chunk: Tensors = ()
        self._chunk_first, self._chunk_stop = 0, -1

    @property
    def kinds(self) -> tuple[tf.TensorSpec, ...]:
        """What tensors of all rows would be like."""
        return tuple(tf.TensorSpec(array.shape, tf.as_dtype(array.dtype)) for array in self._arrays)

    def read(self, order: Tensor | None, first: int, stop: int) -> Iterator[Steps]:
        """The steps ``first`` … ``stop - 1``, in pieces; the last one may be half taken.

        What goes on where the last call ended, in the same order, costs no waiting.

        Args:
            order: int64 tensor, the same object for all of an epoch; None takes the rows as they stand.
            first: The first step, from 0.
            stop: One past the last step.
        """
        step = first
        while step < stop:
            self._go_to(order, step)
            end = min(stop, self._chunk_stop)
            yield Steps(self._chunk, self._chunk_first, step, end)
            step = end

    def _go_to(self, order: Tensor | None, step: int) -> None:
        """Have the chunk at hand that holds this step."""
        if order is not self._order or not self._chunk_first <= step <= self._chunk_stop:
            # What the pipeline before this one still reads ahead is of no use to anybody, in whatever order.
            self._order, self._rows = order, None if order is None else np.asarray(order)
            self._begin = self._chunk_stop = step
            with tf.device(_HOST):
                self._chunks = iter(self._pipeline)
        if step == self._chunk_stop:
            self._chunk = next(self._chunks)
            self._chunk_first = step
            self._chunk_stop = min(step + self._steps_at_once, self.steps)

    def _build_pipeline(self) -> KerasObject:
        """Numbers of chunks, counted from where reading begins -> their rows."""
        number_of_rows = next(_NUMBERS)
        _STREAMED[number_of_rows] = self
        gather = _gathering(tuple(kind.dtype for kind in self.kinds))
        options = tf.data.Options()
        options.autotune.enabled = False
        # TensorFlow's own threads are busy with the steps, and there may be just one.
        options.threading.private_threadpool_size = 1
        with tf.device(_HOST):
            numbers = tf.data.Dataset.range(-(-self.steps // self._steps_at_once))
            chunks = numbers.map(lambda number: gather(number_of_rows, number))
            return chunks.prefetch(_CHUNKS_AHEAD).with_options(options)

    def gather(self, number: int) -> list[Array]:
        """The rows of a chunk, as the pipeline asks for it; none beyond the last."""
        begin = (self._begin + number * self._steps_at_once) * self._batch_size
        rows = slice(begin, begin + self._steps_at_once * self._batch_size)
        if self._rows is None:
            return [array[rows] for array in self._arrays]
        return [array.take(self._rows[rows], axis=0) for array in self._arrays]


_STREAMED: WeakValueDictionary[int, StreamedRows] = WeakValueDictionary()
_NUMBERS = itertools.count()


@cache
def _gathering(kinds: tuple[tf.DType, ...]) -> KerasObject:
    """Number of streamed rows, number of a chunk -> the chunk, as an operation.

    Made once for all rows of these types: TensorFlow never forgets a Python function that an operation calls, nor what
    that function holds.
    """

    def chunk_of(rows: Array, chunk: Array) -> list[Array]:
        return _STREAMED[int(rows)].gather(int(chunk))

    number = tf.TensorSpec([], tf.int64)

    def gather(rows: Tensor, chunk: Tensor) -> Tensors:
        return tuple(tf.numpy_function(chunk_of, [rows, chunk], kinds))

    return tf.function(gather, input_signature=[number, number], autograph=False)
