"""Trains one spec twice, with the trainer's engine and with plain Keras, and compares to the bit."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, TypeAlias

import keras
import numpy as np
from tensorflow.python.framework import op_def_registry

from spec.datasets.augmentation import Augmenting
from spec.datasets.choice import DatasetSpec
from spec.networks.networks import parse_network
from spec.training.training import TrainingSpec
from tests.trainer import plain_keras
from tests.trainer.plain_keras import Spec
from worker.trainer.checkpoints.state import TrainingState
from worker.trainer.compilation.forms import form_of
from worker.trainer.compilation.hyperparameters import Hyperparameters
from worker.trainer.compilation.traced_functions import JobFunctions, TracedFunctions
from worker.trainer.data import class_weights as class_weight_module
from worker.trainer.data.row_order import order_of_rows
from worker.trainer.epochs.compiled_steps import tensors_of
from worker.trainer.epochs.epoch_loop import EpochLoop
from worker.trainer.epochs.mirrored import MirroredEvaluationSteps, Placement
from worker.trainer.epochs.streamed_steps import Rows as PlacedRows
from worker.trainer.network.augmentation import Augmentation
from worker.trainer.network.build import build_callbacks, build_network, compile_model
from worker.trainer.network.one_cycle import driver_of
from worker.trainer.network.precision import computing_in
from worker.trainer.results.course import Course
from worker.trainer.results.outcome import Timings
from worker.trainer.signals.observer import Observer
from worker.trainer.signals.probe import Probe
from worker.trainer.signals.probe_rows import probe_rows
from worker.trainer.signals.signal import LayerSignals, Signal
from worker.trainer.signals.start import Start

Rows: TypeAlias = plain_keras.Rows
MOST_PROBE_ROWS = 48
"""More than a batch of `TRAINING`, and fewer than all rows."""

TRAINING: Spec = {
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
    "optimizer": {"type": "SGD", "learning_rate": 0.05},
    "epochs": 2,
    "batch_size": 32,
    "shuffle": False,
    "seed": 7,
    "callbacks": [],
}
"""What a test does not say otherwise. 70 rows in batches of 32 leave a last batch of 6."""


class Silent:
    """An epoch listener that wants to know nothing."""

    def progress(self, fraction: float) -> None:
        pass

    def epoch(self, number: int, metrics: dict[str, float], duration_seconds: float) -> None:
        pass


def rows_of(shape: tuple[int, ...], rows: int = 70, classes: int = 3, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Rows of noise with classes that can be learned from it."""
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(rows, *shape)).astype("float32")
    flat = features.reshape(rows, -1)
    target = np.argmax(flat @ np.random.default_rng(0).normal(size=(flat.shape[1], classes)), axis=1)
    return features, target.astype("int64")


class Engine:
    """One spec, ready to be trained as the service does.

    Attributes:
        model, loop, state: The model, who trains it, and all that its training will change.
        measured: Epoch -> its signals, where any are measured.
        started: What was told once, of a training with signals.
    """

    def __init__(  # noqa: PLR0913
        self,
        layers: list[Spec],
        training: Spec,
        rows: Rows,
        validation: Rows | None,
        *,
        is_stop_asked: Callable[[], bool] = lambda: False,
        at_pause: Callable[[bool], None] = lambda _: None,
        devices: Sequence[str] = (),
        functions: TracedFunctions | None = None,
        place: Callable[..., PlacedRows] = tensors_of,
        signals: Sequence[Signal] = (),
        augment: plain_keras.Augment = (),
    ) -> None:
        keras.backend.clear_session(free_memory=False)
        self.spec = TrainingSpec.model_validate(training)
        self._said = training
        self.functions = functions or TracedFunctions()
        self.rows = rows
        self._place = place
        self._signals = signals
        self._augment = augment
        self.measured: dict[int, LayerSignals] = {}
        self.started: list[Mapping[str, Any]] = []
        self.start: Start | None = None
        with Placement(devices).building() if devices else nullcontext():
            self._build(layers, training, validation, is_stop_asked, at_pause)

    def _build(
        self,
        layers: list[Spec],
        training: Spec,
        validation: Rows | None,
        is_stop_asked: Callable[[], bool],
        at_pause: Callable[[bool], None],
    ) -> None:
        rows, shapes = self.rows, plain_keras.shapes_of(self.rows)
        names = tuple(shapes) if isinstance(shapes, dict) else ()
        network = parse_network({"layers": layers}, names).network
        assert network is not None
        with computing_in(self.spec.precision):
            self.model = build_network(network, shapes, self.spec.seed or 0)
            augmenting = augmenting_layers(self._augment, names)
            augmentation = Augmentation(augmenting) if augmenting else None
        compile_model(self.model, self.spec)
        self.callbacks = build_callbacks(self.spec)
        self.driver = driver_of(self.model, self.spec, len(rows[1]))
        course = Course()
        self.state = TrainingState(
            self.model,
            callbacks=self.callbacks,
            driver=self.driver,
            course=course,
            timings=Timings(),
            identity={"spec": json.dumps([layers, training])},
            training=self.spec,
            augmentation=augmentation,
        )
        numbers = Hyperparameters(self.model)
        self.job_functions = JobFunctions(
            self.functions,
            form_of(network, self.spec, (), names, augmenting),
            lambda: [
                *self.state.variables(),
                *([] if self.driver is None else self.driver.tables),
                *numbers.variables,
            ],
            numbers.as_variables,
        )
        self.numbers = numbers
        self.loop = EpochLoop(
            self.model,
            self._place(*flat(rows), class_weights(rows[1], training)),
            None if validation is None else self._place(*flat(validation)),
            listener=Silent(),
            epochs=self.spec.epochs,
            batch_size=self.spec.batch_size,
            has_row_weights=len(rows) > 2,
            callbacks=self.callbacks,
            driver=self.driver,
            augmented=None if augmentation is None else augmentation.augmented,
            functions=self.job_functions,
            is_stop_asked=is_stop_asked,
            course=course,
            at_pause=at_pause,
            observer=self._observer(),
        )

    def _observer(self) -> Observer | None:
        if not self._signals:
            return None
        self.start = Start(dict)
        return Observer(self.model, self.spec.epochs, self._probe, self._note, self.start)

    def _note(self, epoch: int, measured: LayerSignals, start: Mapping[str, Any] | None) -> None:
        self.measured[epoch] = measured
        self.started += [] if start is None else [start]

    def _probe(self) -> Probe:
        rows = probe_rows(
            (*flat(self.rows), class_weights(self.rows[1], self._said)), self.spec.seed or 0, MOST_PROBE_ROWS
        )
        return Probe(self.model, tensors_of(*rows), self.job_functions, self._signals)

    def run(self) -> Course:
        """Train to the end."""
        if self.start is not None and not self.loop.course.rows:
            self.start.keep(self.model)
        course = self.loop.run(order_of_rows(self.spec, len(self.rows[1])))
        if self.driver is not None:
            self.driver.release()
        return course


def augmenting_layers(said: plain_keras.Augment, names: Sequence[str]) -> Augmenting:
    """As the trainer gets them."""
    read = DatasetSpec.model_validate({"name": "own", "augment": said}).augment
    if not read:
        return ()
    return tuple(read.get(name, ()) for name in names) if isinstance(read, dict) else (read,)


def flat(rows: Rows) -> tuple[np.ndarray, ...]:
    """As the engine takes them: the features of each input, the target, and the weights of rows if there are any."""
    features, *others = rows
    return (*(features.values() if isinstance(features, dict) else [features]), *others)


def by_engine(  # noqa: PLR0913, PLR0917
    layers: list[Spec],
    training: Spec,
    rows: Rows,
    validation: Rows | None,
    devices: Sequence[str] = (),
    place: Callable[..., PlacedRows] = tensors_of,
    functions: TracedFunctions | None = None,
    augment: plain_keras.Augment = (),
) -> tuple[keras.Model, Course]:
    """Train as the service does."""
    engine = Engine(
        layers, training, rows, validation, devices=devices, place=place, functions=functions, augment=augment
    )
    drawn = _random_states()
    course = engine.run()
    assert _random_states() == drawn, "something draws from a random state that no checkpoint holds"
    if functions is None:
        assert_state_is_known(engine)
    return engine.model, course


HARMLESS = {"While", "If", "StatefulPartitionedCall", "ReadVariableOp", "ResourceGather", "VariableShape"}
"""Operations that TensorFlow calls stateful for the variables they read; each variable is looked at by itself."""

WRITES = ("Assign", "ResourceScatter")
"""What the names of those begin with that write to variables."""


def assert_state_is_known(engine: Engine) -> None:
    """Whatever the compiled functions touch is part of what a checkpoint holds, and nothing in them hides a state."""
    known = {id(copy) for copies in engine.state._values() for copy in copies}
    known |= {id(variable) for variable in engine.numbers.variables}
    if engine.driver is not None:
        # Computed anew for every epoch.
        strategy = engine.model.distribute_strategy
        known |= {id(copy) for table in engine.driver.tables for copy in strategy.experimental_local_results(table)}
    steps, evaluation = engine.loop._training_steps, engine.loop._evaluation_steps
    if isinstance(evaluation, MirroredEvaluationSteps):
        made = (steps._function, *evaluation._functions.values())
        functions = [one for one in made if one.experimental_get_tracing_count()]
        graphs = [function.get_concrete_function().graph for function in functions]
    else:
        graphs = [program._concrete.graph for program in engine.functions._functions.values()]
    assert graphs, "nothing was kept for others"
    for graph in graphs:
        assert [variable.name for variable in graph.variables if id(variable) not in known] == []
        definition = graph.as_graph_def()
        nodes = [*definition.node, *(node for function in definition.library.function for node in function.node_def)]
        kinds = {node.op for node in nodes if (found := op_def_registry.get(node.op)) and found.is_stateful}
        assert sorted(kind for kind in kinds - HARMLESS if not kind.startswith(WRITES)) == []


def _random_states() -> list[object]:
    name, key, *rest = np.random.get_state()  # noqa: NPY002 (the very state that nothing may draw from)
    return [random.getstate(), name, key.tolist(), *rest]


def class_weights(target: np.ndarray, training: Spec) -> np.ndarray | None:
    """A weight a row."""
    said = training.get("class_weight")
    if said is None:
        return None
    weights = class_weight_module.class_weights(said, class_weight_module.class_counts([target]))
    return np.array([weights.get(int(one), 1.0) for one in target], "float32")


def assert_parity(  # noqa: PLR0913
    layers: list[Spec],
    *,
    rows: Rows,
    validation: Rows | None = None,
    at_home: Callable[[], list[Any]] | None = None,
    devices: Sequence[str] = (),
    place: Callable[..., PlacedRows] = tensors_of,
    functions: TracedFunctions | None = None,
    augment: plain_keras.Augment = (),
    **said: object,
) -> Course:
    """Train both ways; every epoch's logs and the final weights must be equal.

    Args:
        at_home: Makes the callbacks of the plain run.
        devices: Trains on all of them, where there are several.
        place: Makes rows for the engine of arrays.
        functions: Programs that other trainings share; then it is not looked at what is in them.
        augment: Layers that augment the training batches; of several inputs, by their names.
        said: What differs from `TRAINING`.
    """
    training = {**TRAINING, **said}
    reference = plain_keras.compiled(
        layers, {**training, "callbacks": []}, plain_keras.shapes_of(rows), devices, augment
    )
    logs = plain_keras.fit(reference, training, rows, validation, at_home() if at_home else None)
    model, course = by_engine(layers, training, rows, validation, devices, place, functions, augment)
    assert len(course.rows) == len(logs)
    for row, expected in zip(course.rows, logs, strict=True):
        assert set(expected) | {"learning_rate"} == set(row.metrics)
        for name, value in expected.items():
            np.testing.assert_array_equal(row.metrics[name], value, err_msg=name)
    for weights, expected_weights in zip(model.get_weights(), reference.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, expected_weights)
    return course
