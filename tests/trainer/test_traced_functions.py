"""Compiled programs that jobs share: the second of a form trains as if it had come first, and traces nothing."""

import gc
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework.func_graph import FuncGraph

from spec.networks.networks import NetworkSpec
from spec.training.training import TrainingSpec
from tests.trainer.parity import TRAINING, Engine, by_engine, rows_of
from tests.trainer.plain_keras import Spec
from tests.trainer.samples import OPTIMIZERS, SOFTMAX
from worker.trainer.compilation.forms import form_of
from worker.trainer.compilation.traced_functions import TracedFunctions
from worker.trainer.results.course import Course
from worker.trainer.work.remains import forget_job

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

ROWS = rows_of((8,), rows=64)
DECAYING: Spec = {"type": "SGD", "learning_rate": 0.05, "weight_decay": 0.1}
VALIDATION = rows_of((8,), rows=32, seed=2)


def network(*, rate: float = 0.3, strength: float = 0.01, initializer: str = "he_normal") -> list[Spec]:
    """A network with everything that is read from variables."""
    return [
        {
            "type": "Dense",
            "units": 12,
            "activation": "elu",
            "kernel_initializer": initializer,
            "kernel_regularizer": {"type": "L1L2", "l1": strength, "l2": strength / 3},
            "bias_regularizer": {"type": "L1", "l1": strength},
            "activity_regularizer": {"type": "L2", "l2": strength},
        },
        {"type": "BatchNormalization"},
        {"type": "Dropout", "rate": rate},
        {"type": "Reshape", "target_shape": [3, 4]},
        {"type": "SpatialDropout1D", "rate": rate / 2},
        {"type": "Flatten"},
        {"type": "GaussianNoise", "stddev": 0.1},
        {"type": "Dense", "units": 3, "activation": "softmax", "kernel_regularizer": "l2"},
    ]


def trained(functions: TracedFunctions, layers: list[Spec], **said: object) -> tuple[keras.Model, Course]:
    engine = Engine(layers, {**TRAINING, **said}, ROWS, VALIDATION, functions=functions)
    return engine.model, engine.run()


def assert_same(one: tuple[keras.Model, Course], other: tuple[keras.Model, Course]) -> None:
    """Bit for bit, in every epoch and every variable."""
    assert [row.metrics for row in one[1].rows] == [row.metrics for row in other[1].rows]
    for variable, expected in zip(one[0].variables, other[0].variables, strict=True):
        np.testing.assert_array_equal(variable.numpy(), expected.numpy(), err_msg=variable.path)
    for variable, expected in zip(one[0].optimizer.variables, other[0].optimizer.variables, strict=True):
        np.testing.assert_array_equal(variable.numpy(), expected.numpy(), err_msg=variable.path)


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows with every function that is traced."""
    names: list[str] = []
    function = tf.function

    def counted(python_function: Callable[..., Any], **options: object) -> object:
        names.append(python_function.__qualname__)
        return function(python_function, **options)

    monkeypatch.setattr(tf, "function", counted)
    return names


@pytest.fixture(scope="module")
def of_a_job() -> TracedFunctions:
    """What a first job left to those of its form."""
    functions = TracedFunctions()
    trained(functions, network())
    return functions


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        (network(), {"seed": 8}),
        (network(rate=0.5), {}),
        (network(rate=0.1, strength=0.2), {"epochs": 3}),
        (network(initializer="glorot_uniform"), {"shuffle": True}),
        (network(), {"optimizer": {"type": "SGD", "learning_rate": 0.3}}),
    ],
    ids=["seed", "rate of dropout", "rate, strength, epochs", "initializer, order", "rate of learning"],
)
def test_a_second_job_of_a_form_trains_as_if_alone(
    of_a_job: TracedFunctions, traced: list[str], layers: list[Spec], said: Spec
) -> None:
    second = trained(of_a_job, layers, **said)
    assert traced == []
    assert_same(second, by_engine(layers, {**TRAINING, **said}, ROWS, VALIDATION))


@pytest.mark.parametrize("optimizer", ["Nadam", "Ftrl", "ScheduleFreeAdamW"])
def test_every_variable_of_an_optimizer_is_the_jobs_own(traced: list[str], optimizer: str) -> None:
    functions = TracedFunctions()
    said: Spec = {"optimizer": {"type": optimizer, **OPTIMIZERS[optimizer]}}
    first = trained(functions, network(), **said)
    traced.clear()
    assert_same(trained(functions, network(), **said), first)
    assert traced == []


def test_a_cycle_of_rates_is_the_jobs_own(traced: list[str]) -> None:
    cycle = {"type": "OneCycle", "max_learning_rate": 0.2}
    said: Spec = {"optimizer": {"type": "SGD", "momentum": 0.9, "learning_rate": cycle}, "epochs": 3}
    functions = TracedFunctions()
    trained(functions, network(), **said, seed=3)
    traced.clear()
    second = trained(functions, network(), **said)
    assert traced == []
    assert_same(second, by_engine(network(), {**TRAINING, **said}, ROWS, VALIDATION))


def plain(*, rate: float) -> list[Spec]:
    """A network without a penalty on activations, which mixed precision does not take."""
    return [{**network(rate=rate)[0], "activity_regularizer": None}, *network(rate=rate)[1:]]


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_under_mixed_precision_rates_stay_constants(precision: str) -> None:
    functions = TracedFunctions()
    said: Spec = {"precision": precision}
    trained(functions, plain(rate=0.3), **said)
    trained(functions, plain(rate=0.5), **said, seed=9)
    third = trained(functions, plain(rate=0.5), **said)
    assert_same(third, by_engine(plain(rate=0.5), {**TRAINING, **said}, ROWS, VALIDATION))


def test_under_mixed_precision_jobs_share_what_a_layer_in_float32_reads(traced: list[str]) -> None:
    def layers(rate: float, strength: float) -> list[Spec]:
        penalty = {"type": "L2", "l2": strength}
        exact = {"dtype": "float32", "kernel_regularizer": penalty, "activity_regularizer": penalty}
        dropout = {"type": "Dropout", "rate": rate, "dtype": "float32"}
        return [{"type": "Dense", "units": 6, **exact}, dropout, {"type": "Dense", "units": 3, "activation": "softmax"}]

    said: Spec = {"precision": "mixed_bfloat16"}
    functions = TracedFunctions()
    trained(functions, layers(0.3, 0.01), **said)
    traced.clear()
    second = trained(functions, layers(0.5, 0.1), **said)
    assert traced == []
    assert_same(second, by_engine(layers(0.5, 0.1), {**TRAINING, **said}, ROWS, VALIDATION))


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        (network(rate=0.0), {}),
        (network(strength=0.0), {}),
        ([*network()[:-1], {"type": "Dense", "units": 3, "activation": "sigmoid"}], {}),
        (network(), {"optimizer": {"type": "SGD", "learning_rate": 0.05, "momentum": 0.5}}),
        (network(), {"batch_size": 16}),
        (network(), {"loss": {"type": "SparseCategoricalCrossentropy", "from_logits": True}}),
        (network(), {"metrics": []}),
        (network(), {"weighted_metrics": ["accuracy"]}),
        (network(), {"optimizer": DECAYING | {"exclude_from_weight_decay": ["bias"]}}),
        ([*network()[:-1], {**network()[-1], "dtype": "float32"}], {}),
    ],
    ids=[
        *("no dropout", "no penalty", "activation", "momentum", "batch size", "loss", "metrics"),
        *("weighted metrics", "spared", "dtype"),
    ],
)
def test_another_form_is_told_apart(layers: list[Spec], said: Spec) -> None:
    def form(layers: list[Spec], training: Spec) -> str:
        return form_of(NetworkSpec.model_validate({"layers": layers}), TrainingSpec.model_validate(training), ())

    assert form(layers, {**TRAINING, **said}) != form(network(), TRAINING)


def test_a_job_that_is_over_leaves_no_memory_and_the_next_one_trains_all_the_same() -> None:
    functions = TracedFunctions()
    first = Engine(network(), TRAINING, ROWS, VALIDATION, functions=functions)
    expected = first.run()
    kernel = first.model.layers[0].kernel
    first.job_functions.release()
    assert kernel.value.read_value().shape == [0]
    _, course = trained(functions, network())
    assert [row.metrics for row in course.rows] == [row.metrics for row in expected.rows]


def test_only_so_many_are_kept(traced: list[str]) -> None:
    functions = TracedFunctions(kept=4)
    for units in (3, 4, 5):  # each has one program for training and one for evaluation
        trained(functions, [{"type": "Dense", "units": units}, {"type": "Dense", "units": 3, "activation": "softmax"}])
    assert len(functions._functions) == 4
    traced.clear()
    trained(functions, [{"type": "Dense", "units": 3}, {"type": "Dense", "units": 3, "activation": "softmax"}])
    assert len(traced) == 2


def test_of_forgotten_jobs_no_graph_stays() -> None:
    def graphs() -> int:
        gc.collect()
        return sum(isinstance(one, FuncGraph) for one in gc.get_objects())

    functions = TracedFunctions(kept=1)
    # What other tests have left is not looked at, which would take most of the time.
    gc.freeze()
    try:
        for units in (6, 7, 8):
            trained(functions, [{"type": "Dense", "units": units}, SOFTMAX])
        forget_job()
        assert graphs() <= 3, "more than one function, a loop's condition and its body"
    finally:
        gc.unfreeze()
