"""Compiled functions shared between jobs: each job brings its own variables, and the first of a form traces.

A traced function captures the variables it was traced with. It can be called with others in their place
(`ConcreteFunction.set_external_captures`): those of a model of the same form, built anew for its own job. Nothing of
one job is left to the next but the graph.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeAlias

import tensorflow as tf
from tensorflow.python.eager import context

from worker.trainer.untyped import KerasObject, Tensor

Function: TypeAlias = Callable[..., Any]

_KEPT_PROGRAMS = 32


class TracedFunction:
    """One traced function.

    Args:
        concrete: The function.
        variables: Those it may have captured: every one of the training's.
    """

    def __init__(self, concrete: KerasObject, variables: Sequence[KerasObject]) -> None:
        self._concrete = concrete
        self._captured: list[Tensor] = list(concrete.captured_inputs)
        handles = [variable.handle for variable in variables]
        places = {id(handle): place for place, handle in enumerate(handles)}
        self._places = [places.get(id(tensor)) for tensor in self._captured]
        self._forms = _forms_of(variables)

    @property
    def is_shareable(self) -> bool:
        """Whether all that it reads and writes is known; a captured constant is the same for all of its form."""
        return all(
            place is not None or tensor.dtype != tf.resource
            for place, tensor in zip(self._places, self._captured, strict=True)
        )

    def fits(self, variables: Sequence[KerasObject]) -> bool:
        """Whether these variables are of the kinds it was traced with, in the same order."""
        return _forms_of(variables) == self._forms

    def bound_to(self, variables: Sequence[KerasObject]) -> Function:
        """The function on these variables."""
        handles = [variable.handle for variable in variables]
        captures = [
            tensor if place is None else handles[place]
            for place, tensor in zip(self._places, self._captured, strict=True)
        ]
        concrete = self._concrete

        def call(*arguments: Tensor) -> Any:  # noqa: ANN401 (whatever the function returns)
            concrete.set_external_captures(captures)
            return concrete(*arguments)

        return call

    def release(self) -> None:
        """Free the memory of the variables it was traced with; whoever uses them must be done."""
        for place, tensor in zip(self._places, self._captured, strict=True):
            if place is not None:
                _, dtype = self._forms[place]
                tf.raw_ops.AssignVariableOp(resource=tensor, value=tf.zeros([0], dtype))


class TracedFunctions:
    """The programs of this process that were used last.

    TensorFlow keeps what it made of a function for its calls, the function's own end notwithstanding, until it is told
    to drop all of that. It is told so when as many programs are gone as are kept; those are made ready anew when they
    are next called.

    Args:
        kept: How many are kept.
    """

    def __init__(self, kept: int = _KEPT_PROGRAMS) -> None:
        self._kept = kept
        self._gone = 0
        self._functions: OrderedDict[str, TracedFunction] = OrderedDict()

    def get(self, key: str, variables: Sequence[KerasObject]) -> TracedFunction | None:
        """The program under this key, if there is one for such variables."""
        program = self._functions.get(key)
        if program is None or not program.fits(variables):
            return None
        self._functions.move_to_end(key)
        return program

    def keep(self, key: str, program: TracedFunction) -> None:
        """Keep a program for those who come later."""
        self._functions[key] = program
        while len(self._functions) > self._kept:
            self._functions.popitem(last=False)
            self._gone += 1
        if self._gone >= max(1, self._kept):
            self._drop_remains()

    def clear(self) -> None:
        """Forget all of them."""
        self._functions.clear()
        self._drop_remains()

    def _drop_remains(self) -> None:
        running: Any = context.context()
        running.clear_kernel_cache()
        self._gone = 0


class JobFunctions:
    """Where one training has its functions compiled, or finds them compiled.

    Args:
        functions: Of the process.
        form: What the training shares with others of its form; None shares nothing.
        variables: All variables of the training; read when the first function is called.
        tracing: Entered while something is traced.
    """

    def __init__(
        self,
        functions: TracedFunctions,
        form: str | None,
        variables: Callable[[], Sequence[KerasObject]],
        tracing: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._functions = functions
        self._form = form
        self._variables = variables
        self._tracing = tracing
        self._traced: list[TracedFunction] = []

    @classmethod
    def unshared(cls, variables: Callable[[], Sequence[KerasObject]]) -> "JobFunctions":
        """Those of a training that shares nothing, with other variables than its own."""
        return cls(TracedFunctions(), None, variables)

    def compiled(self, name: str, function: Function, signature: Sequence[Any]) -> "SharedFunction":
        """The function, compiled when it is first called.

        Args:
            name: Distinguishes the functions of one training, with all that is not in its form nor the signature.
            function: Is traced, if no program is found.
            signature: Of its arguments, as ``tf.function`` takes it.
        """
        return SharedFunction(lambda: self._program(name, function, signature), self._variables)

    def release(self) -> None:
        """Once the training is over: nothing that is kept for others holds its variables' memory."""
        for program in self._traced:
            program.release()
        self._traced.clear()

    def _program(self, name: str, function: Function, signature: Sequence[Any]) -> TracedFunction:
        variables = self._variables()
        key = f"{name} {signature} {self._form}"
        program = None if self._form is None else self._functions.get(key, variables)
        if program is None:
            with self._tracing():
                concrete = tf.function(function, input_signature=signature, autograph=False).get_concrete_function()
            program = TracedFunction(concrete, variables)
            if self._form is not None and program.is_shareable:
                self._functions.keep(key, program)
                self._traced.append(program)
        return program


class SharedFunction:
    """A function of one training, compiled or found when it is first called.

    Args:
        program: Gives its program.
        variables: All variables of the training, at that time.
    """

    def __init__(self, program: Callable[[], TracedFunction], variables: Callable[[], Sequence[KerasObject]]) -> None:
        self._find = program
        self._variables = variables
        self._program: TracedFunction | None = None
        self._bound: Function | None = None

    def __call__(self, *arguments: Tensor) -> Any:  # noqa: ANN401 (whatever the function returns)
        """What it gives for these."""
        if self._bound is None:
            self._bound = self._found().bound_to(self._variables())
        return self._bound(*arguments)

    def on(self, stand_ins: Mapping[int, KerasObject]) -> Function:
        """The same function on other variables in the place of some of the training's, by the ids of their handles."""
        variables = self._variables()
        return self._found().bound_to([stand_ins.get(id(one.handle), one) for one in variables])

    def _found(self) -> TracedFunction:
        if self._program is None:
            self._program = self._find()
        return self._program


def _forms_of(variables: Sequence[KerasObject]) -> list[tuple[tuple[int, ...], tf.DType]]:
    return [(tuple(variable.shape), tf.as_dtype(variable.dtype)) for variable in variables]
