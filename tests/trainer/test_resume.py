"""A training that goes on from a checkpoint gives the very bits of one that was never interrupted."""

import ast
import gc
import inspect
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import keras
import pytest

from spec.language.declared import kinds
from spec.training.callbacks import Callback
from spec.training.optimizers import Optimizer
from spec.training.schedules import Schedule
from tests.trainer.parity import Engine, rows_of
from tests.trainer.plain_keras import Spec
from tests.trainer.resuming import Run
from tests.trainer.samples import DISTURBED, NOISY, OPTIMIZERS, PLAIN, ROWS, SCHEDULES, SOFTMAX, VALIDATION
from worker.trainer.callbacks.declarations import kept_names
from worker.trainer.checkpoints.files import read
from worker.trainer.network.build import NotDeclared, keras_class

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

NEVER_BETTER = {"monitor": "loss", "min_delta": 100.0}
"""After the first epoch no other is an improvement, so that patience wears down on the way."""

STOPPING = {"type": "EarlyStopping", **NEVER_BETTER, "patience": 3, "restore_best_weights": True}
PLATEAU = {"type": "ReduceLROnPlateau", **NEVER_BETTER, "factor": 0.5, "patience": 2}
COOLING = {"type": "ReduceLROnPlateau", **NEVER_BETTER, "factor": 0.3, "patience": 1, "cooldown": 3}
IMAGE, SEQUENCE = (8, 8, 3), (8, 3)

IN_MIDST = 4
"""A moment: without validation rows, two steps and the end of the first epoch are 0 … 2, then come (1, 0), (1, 1)."""


def assert_resumable(
    layers: list[Spec], folder: Path, *, shape: tuple[int, ...] = (6,), moment: int = IN_MIDST, **said: object
) -> None:
    """Train without interruption, and from a checkpoint within the second epoch on: the same."""
    rows = rows_of(shape, rows=64)
    whole = Run(layers, rows, None, kept=[moment], folder=folder, **said).run()
    assert whole.places[moment][:2] == (1, 1)
    resumed = Run(layers, rows, None, **said).resume(whole.checkpoints[moment])
    assert len(resumed.places) < len(whole.places)
    assert resumed.differences(whole) == []


# --- every kind of state -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", kinds(Optimizer))
def test_every_optimizer_goes_on(kind: str, tmp_path: Path) -> None:
    assert_resumable(PLAIN, tmp_path, optimizer={"type": kind, **OPTIMIZERS[kind]}, metrics=[])


@pytest.mark.parametrize(
    ("kind", "unit"),
    # By epoch, the rate is set from outside of the program, whatever the kind.
    [*((kind, "step") for kind in kinds(Schedule) if kind != "OneCycle"), ("CosineDecay", "epoch")],
)
def test_every_schedule_goes_on(kind: str, unit: str, tmp_path: Path) -> None:
    schedule = {"type": kind, **SCHEDULES[kind], "unit": unit}
    assert_resumable(PLAIN, tmp_path, optimizer={"type": "SGD", "learning_rate": schedule}, metrics=[], epochs=3)


@pytest.mark.parametrize("unit", ["step", "epoch"])
def test_one_cycle_goes_on_with_its_momentum(unit: str, tmp_path: Path) -> None:
    cycle = {"type": "OneCycle", "max_learning_rate": 0.2, "max_momentum": 0.95, "min_momentum": 0.85, "unit": unit}
    assert_resumable(PLAIN, tmp_path, optimizer={"type": "Adam", "beta_1": 0.95, "learning_rate": cycle}, metrics=[])


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        (NOISY, (6,)),
        ([{"type": "SpatialDropout1D", "rate": 0.3}, {"type": "Flatten"}, SOFTMAX], SEQUENCE),
        (
            [
                {"type": "Conv2D", "filters": 4, "kernel_size": 3},
                {"type": "SpatialDropout2D", "rate": 0.3},
                {"type": "GroupNormalization", "groups": 2},
                {"type": "GlobalAveragePooling2D"},
                SOFTMAX,
            ],
            IMAGE,
        ),
    ],
    ids=["noisy", "sequence", "image"],
)
def test_every_layer_that_draws_or_remembers_goes_on(
    layers: list[Spec], shape: tuple[int, ...], tmp_path: Path
) -> None:
    assert_resumable(layers, tmp_path, shape=shape, shuffle=True)


def test_weighted_classes_go_on(tmp_path: Path) -> None:
    said = {"class_weight": "balanced", "weighted_metrics": ["accuracy"]}
    sparing = {"type": "AdamW", "weight_decay": 1.0, "exclude_from_weight_decay": ["bias"]}
    assert_resumable(DISTURBED, tmp_path, shuffle=True, optimizer=sparing, **said)


# --- every moment ------------------------------------------------------------------------------------------------

QUICK: list[Spec] = [
    {"type": "Dense", "units": 8, "activation": "selu"},
    {"type": "GaussianNoise", "stddev": 0.1},
    {"type": "BatchNormalization"},
    {"type": "Dropout", "rate": 0.2},
    SOFTMAX,
]
FULL: Spec = {
    "optimizer": {"type": "Adam", "learning_rate": 0.01, "amsgrad": True, "use_ema": True, "ema_momentum": 0.9},
    "callbacks": [PLATEAU, COOLING, STOPPING, {"type": "TerminateOnNaN"}],
    "shuffle": True,
    "epochs": 9,
}
"""All that a training may remember at once."""


def one_hot(rows: tuple) -> tuple:
    return rows[0], keras.utils.to_categorical(rows[1], 3)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A training that early stopping ends after four of nine epochs, with a checkpoint of its every moment."""
    folder = tmp_path_factory.mktemp("whole")
    run = Run(QUICK, ROWS, VALIDATION, kept=None, folder=folder, **FULL).run()
    # The test rows were evaluated in `run`, too: that moment is the last.
    assert run.places[-1] == (4, 0, False)
    assert {place[2] for place in run.places} == {False, True}
    return run


@pytest.fixture(scope="module")
def other() -> Run:
    """The same training, not run: it goes on from checkpoints, one after the other."""
    return Run(QUICK, ROWS, VALIDATION, **FULL)


@pytest.fixture(scope="module")
def fresh() -> Engine:
    """The same training, which stays at its beginning."""
    return Run(QUICK, ROWS, VALIDATION, **FULL).engine


def test_it_goes_on_from_every_moment(whole: Run, other: Run) -> None:
    """Before the first step, between any two, in every validation, between epochs, and after the last one."""
    assert whole.places[:7] == [
        *[(0, 0, False), (0, 1, False), (0, 2, False), (0, 3, True)],
        *[(1, 0, False), (1, 0, False), (1, 1, False)],
    ]
    for moment, path in whole.checkpoints.items():
        assert other.resume(path).differences(whole) == [], whole.places[moment]
        # What was done is not done again: the first look is at the very place.
        assert other.places[0] == whole.places[moment]
        assert len(other.places) <= len(whole.places) - moment


def test_resumed_and_resumed_again(whole: Run, other: Run, tmp_path: Path) -> None:
    again = Run(QUICK, ROWS, VALIDATION, kept=[5], folder=tmp_path, **FULL)
    assert again.resume(whole.checkpoints[2]).differences(whole) == []
    assert other.resume(again.checkpoints[5]).differences(whole) == []
    assert other.places[0] == again.places[5] == whole.places[7]


@pytest.mark.parametrize("swap_on_epoch", [False, True])
def test_swapped_averages_go_on_from_every_moment(swap_on_epoch: bool, tmp_path: Path) -> None:
    """In some of them averages are in place: within a validation and, with `swap_on_epoch`, between epochs."""
    said: Spec = {
        "optimizer": {"type": "Adam", "learning_rate": 0.05, "use_ema": True, "ema_momentum": 0.7},
        "callbacks": [{"type": "SwapEMAWeights", "swap_on_epoch": swap_on_epoch}, STOPPING],
        "epochs": 6,
    }
    whole = Run(QUICK, ROWS, VALIDATION, kept=None, folder=tmp_path, **said).run()
    other = Run(QUICK, ROWS, VALIDATION, **said)
    swapped: list[bool] = []
    for moment, path in whole.checkpoints.items():
        state = read(path).header.callbacks[0]
        swapped.append(bool(state.numbers["_ema_weights_in_model"]))
        assert other.resume(path).differences(whole) == [], whole.places[moment]
    assert {True, False} == set(swapped)
    in_validation = next(moment for moment, place in enumerate(whole.places) if place[2])
    assert swapped[in_validation]

    def forget(engine: Engine) -> None:
        engine.callbacks[0]._ema_weights_in_model = False

    assert other.resume(whole.checkpoints[in_validation], forget).differences(whole) != []


def test_terminate_on_nan_is_remembered_through_the_validation(tmp_path: Path) -> None:
    wild = {"optimizer": {"type": "SGD", "learning_rate": 1e30}, "loss": "mse", "metrics": []}
    said = {**wild, "callbacks": [{"type": "TerminateOnNaN"}], "epochs": 3, "batch_size": 10}
    rows, validation = one_hot(ROWS), one_hot(VALIDATION)
    layers: list[Spec] = [{"type": "Dense", "units": 3}]
    whole = Run(layers, rows, validation, kept=None, folder=tmp_path, **said).run()
    assert len(whole.engine.loop.course.rows) == 1
    in_validation = next(moment for moment, place in enumerate(whole.places) if place[2])
    for moment in (in_validation, in_validation + 1, len(whole.places) - 1):
        run = Run(layers, rows, validation, **said).resume(whole.checkpoints[moment])
        assert run.differences(whole) == []
        assert run.engine.loop.course.non_finite_loss is not None


# --- without a piece of it ---------------------------------------------------------------------------------------


VARIABLES: dict[str, Callable[[keras.Model], list[keras.Variable]]] = {
    "weights": lambda model: model.trainable_variables,
    "moving averages": lambda model: model.non_trainable_weights,
    "generators of noise": lambda model: [one for one in model.variables if "seed_generator" in one.path],
    "moments": lambda model: [one for one in model.optimizer.variables if "momentum" in one.path],
    "largest moments": lambda model: [one for one in model.optimizer.variables if "velocity_hat" in one.path],
    "averaged weights": lambda model: [one for one in model.optimizer.variables if "average" in one.path],
    "number of updates": lambda model: [model.optimizer._iterations],
    "rate": lambda model: [model.optimizer._learning_rate],
    "metrics": lambda model: model.metrics_variables,
}


@pytest.mark.parametrize("kind", VARIABLES)
def test_without_some_variables_it_differs(whole: Run, other: Run, fresh: Engine, kind: str) -> None:
    moment = whole.places.index((2, 2, False))

    def forget(engine: Engine) -> None:
        pairs = list(zip(VARIABLES[kind](engine.model), VARIABLES[kind](fresh.model), strict=True))
        assert pairs
        for variable, beginning in pairs:
            variable.value.assign(beginning.value)

    assert other.resume(whole.checkpoints[moment], forget).differences(whole) != []


@pytest.mark.parametrize(
    ("place", "name", "beginning"),
    [
        (0, "wait", 0),
        (0, "best", None),
        (1, "cooldown_counter", 0),
        (2, "wait", 0),
        (2, "best", None),
        (2, "best_weights", None),
    ],
)
def test_without_what_a_callback_remembers_it_differs(
    whole: Run, other: Run, place: int, name: str, beginning: object
) -> None:
    moment = whole.places.index((2, 2, False))

    def drop(engine: Engine) -> None:
        assert getattr(engine.callbacks[place], name) != beginning
        setattr(engine.callbacks[place], name, beginning)

    assert other.resume(whole.checkpoints[moment], drop).differences(whole) != []


def test_without_where_it_stood_it_differs(whole: Run, other: Run) -> None:
    def one_step_back(engine: Engine) -> None:
        engine.loop.course.step -= 1

    def before_validation(engine: Engine) -> None:
        engine.loop.course.logs = None

    def not_stopped(engine: Engine) -> None:
        engine.model.stop_training = False

    def no_rows(engine: Engine) -> None:
        engine.loop.course.rows.clear()

    at_end = next(moment for moment, place in enumerate(whole.places) if place[0] == 4)
    for moment, drop in (
        (whole.places.index((2, 2, False)), one_step_back),
        (whole.places.index((2, 2, False)), no_rows),
        (whole.places.index((2, 3, True)), before_validation),
        (at_end, not_stopped),
    ):
        assert other.resume(whole.checkpoints[moment], drop).differences(whole) != [], drop.__name__


def test_without_the_cycled_momentum_it_differs(tmp_path: Path) -> None:
    cycle = {"type": "OneCycle", "max_learning_rate": 0.2, "max_momentum": 0.95, "min_momentum": 0.85}
    said = {"optimizer": {"type": "SGD", "momentum": 0.95, "learning_rate": cycle}}
    whole = Run(PLAIN, ROWS, None, kept=None, folder=tmp_path, **said).run()
    last = whole.checkpoints[len(whole.places) - 1]
    resumed = Run(PLAIN, ROWS, None, **said).resume(last)
    assert resumed.engine.model.optimizer.momentum == whole.engine.model.optimizer.momentum

    def drop(engine: Engine) -> None:
        assert engine.driver is not None
        engine.driver.variables[0].assign(0.5)

    dropped = Run(PLAIN, ROWS, None, **said).resume(last, drop)
    assert dropped.engine.model.optimizer.momentum != whole.engine.model.optimizer.momentum


# --- what Keras's callbacks keep ---------------------------------------------------------------------------------

FOLLOWS = {"monitor_op", "min_delta", "_model", "params"}
"""Attributes that a callback sets by itself again: how it compares, whose callback it is."""


def attributes_set(kind: type) -> set[str]:
    """Every attribute that a class sets on itself anywhere but in its constructor."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    methods = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name != "__init__"]
    return {
        node.attr
        for method in methods
        for node in ast.walk(method)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }


@pytest.mark.parametrize("kind", [*kinds(Callback), "LearningRateScheduler"])
def test_no_callback_remembers_more_than_is_kept(kind: str) -> None:
    declared = kinds(Callback).get(kind)
    callback = keras.callbacks.LearningRateScheduler if declared is None else keras_class(declared)
    found: set[str] = set()
    for parent in inspect.getmro(callback)[:-1]:
        found |= attributes_set(parent)
    assert found - FOLLOWS == set(() if declared is None else declared.STATE)


def test_a_callback_that_does_not_say_what_it_remembers_is_refused() -> None:
    with pytest.raises(TypeError, match="Forgetful does not say its STATE"):
        type("Forgetful", (Callback,), {"__annotations__": {"type": Literal["Forgetful"]}, "type": "Forgetful"})
    gc.collect()
    assert "Forgetful" not in kinds(Callback)


def test_a_callback_that_nothing_declares_is_refused() -> None:
    with pytest.raises(NotDeclared, match="CSVLogger"):
        kept_names(keras.callbacks.CSVLogger("history.csv"))
