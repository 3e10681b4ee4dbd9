"""What a check may cost: work of suggestions, faults, edges and memory, on the worst bodies that are known."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from spec.language.faults import MOST_FAULTS
from spec.language.suggestions import LONGEST_NAME, MOST_WORK, bounded_suggestions, nearest
from spec.networks.wiring import MOST_EDGES
from tests.spec.jobs import check, job
from tests.spec.weights import beginning, checker, row_of

SECONDS = 0.5
"""Of processor time, on a busy machine; each took 1 to 25 s."""
ALIKE = [f"{'a' * 60}{number:04d}" for number in range(999)]
IRIS = [{"type": "Dense", "units": 3, "activation": "softmax"}]


FOLDED = [f"{'a_' * 40}{'_' * number}a" for number in range(40)] * 25


def reshaped(count: int) -> list[dict[str, Any]]:
    """Layers of 32 axes whose shapes all differ and can all be added."""
    return [
        {"type": "Reshape", "name": f"r{number}", "target_shape": [*[1] * 10, 4], "inputs": ["input"]}
        for number in range(count)
    ]


def edges(inputs: int, sums: int) -> list[dict[str, Any]]:
    names = [f"r{number}" for number in range(inputs)]
    return [*reshaped(inputs), *({"type": "Add", "inputs": names} for _ in range(sums)), {"type": "Flatten"}, *IRIS]


def named(inputs: list[str]) -> list[dict[str, Any]]:
    return [*({"type": "Dense", "units": 3, "name": name} for name in ALIKE), {"type": "Add", "inputs": inputs}]


def auc(thresholds: list[object]) -> list[dict[str, Any]]:
    return [{"type": "AUC", "thresholds": thresholds, "name": f"m{number}"} for number in range(32)]


def columns(features: list[object]) -> dict[str, object]:
    return {"name": "breast_cancer", "features": features}


def weighted(weights: dict[str, int]) -> dict[str, Any]:
    return job("iris", IRIS, class_weight=weights)


UNKNOWN = "unknown_layer_name"
TYPOS = [f"mean fractal dimensiom{end}" for end in range(10_000)]
WORST: dict[str, tuple[dict[str, Any], str]] = {
    "names that are alike": (job("iris", named([f"{'a' * 99}{end}" for end in range(20)])), UNKNOWN),
    "a thousand unknown names": (job("iris", named([f"{'a' * 96}{end:04d}" for end in range(1000)])), UNKNOWN),
    "edges": (job("iris", edges(900, 98)), "too_many_edges"),
    "unknown columns": (job(columns(TYPOS), IRIS), "unknown_column"),
    "columns which are none": (job(columns([1] * 10_000), IRIS), "feature_type"),
    "classes that are not there": (weighted({str(n): 1 for n in range(10, 9999)}), "no_such_class"),
    "classes that are none": (weighted({f"x{n}": 1 for n in range(9999)}), "string_pattern_mismatch"),
    "thresholds that are none": (job("iris", IRIS, metrics=auc(["x"] * 2900)), "float_type"),
    "late thresholds that are none": (job("iris", IRIS, metrics=auc([*[0.5] * 2500, *["x"] * 400])), "float_type"),
    "unknown fields of metrics": (
        job("iris", IRIS, metrics=[{"type": "AUC", **{f"{'threshold' * 7}{n}": 1 for n in range(99)}}] * 32),
        "unknown_field",
    ),
    "duplicate names": (job("iris", [{"type": "Dense", "units": 3, "name": "one"}] * 1000), "duplicate_name"),
    "boundaries": (
        job(
            "iris",
            IRIS,
            optimizer={
                "type": "SGD",
                "learning_rate": {"type": "PiecewiseConstantDecay", "boundaries": ["x"] * 999, "values": ["x"] * 1000},
            },
        ),
        "_type",
    ),
    "monitors": (
        job("iris", IRIS, callbacks=[{"type": "EarlyStopping", "monitor": f"{'a' * 127}"}] * 16,
            metrics=[{"type": "MeanSquaredError", "name": f"{'a' * 60}{n:04d}"} for n in range(32)]),
        "unknown_metric",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WORST)
def test_the_worst_bodies_are_refused_within_their_budget(name: str) -> None:
    body, code = WORST[name]
    began = time.thread_time()
    checked = check(body)
    spent = time.thread_time() - began
    assert checked.spec is None
    assert any(code in fault.code for fault in checked.faults)
    assert len(checked.faults) <= 3 * MOST_FAULTS
    assert spent < SECONDS


MANY = [{"type": "Dense", "units": 3, "name": name} for name in ALIKE]
LONG_SOURCE = checker(row_of(job("iris", MANY, epochs=1)))
STARS = {f"{'a' * number}*" if number else "*": f"{'a' * 60}b*" for number in range(16)}


@pytest.mark.parametrize(
    ("layers", "weights", "codes"),
    [
        (MANY, beginning({"*": "*"}), set()),
        (MANY, beginning(**{"continue": True}), set()),
        ([{**layer, "use_bias": False} for layer in MANY], beginning(), {"other_variables"}),
        ([{**layer, "units": 4} for layer in MANY], beginning(**{"continue": True}), {"not_as_in_source"}),
        (MANY, beginning(STARS), {"unknown_layer", "layer_twice"}),
        (MANY, beginning({name[:-1] + "x": name for name in ALIKE[:16]}), {"unknown_layer"}),
        ([*MANY, *IRIS], beginning({"dense": ALIKE[1]}, otherwise="error"), {"layers_left"}),
    ],
)
def test_the_longest_mappings_are_checked_within_their_budget(
    layers: list[dict[str, Any]], weights: dict[str, Any], codes: set[str]
) -> None:
    began = time.thread_time()
    checked = LONG_SOURCE(job("iris", layers, initial_weights=weights, epochs=1))
    spent = time.thread_time() - began
    assert {fault.code for fault in checked.faults} == codes
    assert len(checked.faults) <= 3 * MOST_FAULTS
    assert spent < SECONDS


def test_suggestions_are_looked_for_until_the_work_of_one_body_is_done() -> None:
    word = "a" * 99 + "b"
    with bounded_suggestions() as work:
        found = [nearest(word, ALIKE) for _ in range(200)]
        with bounded_suggestions() as inner:
            assert inner is work
    assert found[0] == ALIKE[0]
    assert found[-1] is None
    assert work.left == 0
    one = (1 + len(word)) * sum(map(len, ALIKE))
    assert sum(name is not None for name in found) == MOST_WORK // one
    assert nearest(word, ALIKE) == ALIKE[0], "the next body has a budget of its own"


@pytest.mark.parametrize(
    "known", [["b" * LONGEST_NAME * 100] * 100, [f"{'a_' * 40}{'_' * n}a" for n in range(40)] * 25]
)
def test_the_work_of_one_suggestion_is_bounded_by_what_it_may_compare(known: list[str]) -> None:
    began = time.thread_time()
    nearest("a" * 100_000, known)
    assert time.thread_time() - began < SECONDS / 5


def test_every_list_of_more_faults_than_are_told_ends_at_the_hundredth() -> None:
    for features in ([1] * 150, [*["mean area"] * 200, *[1] * 9000], [1 if n % 50 else "x" for n in range(9000)]):
        faults = [fault for fault in check(job(columns(features), IRIS)).faults if "/features" in fault.pointer]
        assert len(faults) == MOST_FAULTS
    few = [fault for fault in check(job(columns(["x", 1, "y", 2]), IRIS)).faults if "/features" in fault.pointer]
    assert [fault.pointer for fault in few] == ["/dataset/features/1", "/dataset/features/3"]


def test_a_network_may_have_as_many_edges_as_a_large_architecture_and_no_more() -> None:
    most = check(job("iris", edges(100, MOST_EDGES // 100 - 2)))
    assert most.faults == []
    more = check(job("iris", edges(100, MOST_EDGES // 100)))
    assert [(fault.pointer, fault.code) for fault in more.faults] == [
        (f"/network/layers/{100 + MOST_EDGES // 100 - 1}/inputs", "too_many_edges")
    ]


MEAN_IOU = {"type": "MeanIoU", "num_classes": 10_000, "sparse_y_pred": False}


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        (MEAN_IOU, "the output has 3 numbers per row"),
        ({"type": "IoU", "num_classes": 4, "target_class_ids": [0], "sparse_y_pred": False}, "the output has 3"),
    ],
)
def test_a_metric_has_no_more_classes_than_the_output(metric: dict[str, Any], said: str) -> None:
    (fault,) = check(job("iris", IRIS, metrics=[metric])).faults
    assert (fault.pointer, fault.code) == ("/training/metrics/0/num_classes", "metric_does_not_fit")
    assert said in fault.message


def test_a_metric_of_one_number_has_no_more_classes_than_the_target() -> None:
    layers = [{"type": "Dense", "units": 1, "activation": "sigmoid"}]
    of: Callable[[int], dict[str, Any]] = lambda classes: job(  # noqa: E731
        "breast_cancer", layers, loss="binary_crossentropy", metrics=[{"type": "MeanIoU", "num_classes": classes}]
    )
    assert check(of(2)).faults == []
    (fault,) = check(of(3)).faults
    assert fault.pointer == "/training/metrics/0/num_classes"


def test_what_metrics_take_counts_as_memory() -> None:
    auc = {"type": "AUC", "num_thresholds": 100_000}
    metrics = [{**auc, "name": f"m{number}"} for number in range(32)]
    body = job("iris", IRIS, loss="categorical_crossentropy", metrics=metrics)
    checked = check(body)
    assert checked.summary is not None
    memory = checked.summary.memory
    assert memory.metrics_bytes == 32 * 4 * 100_000 * 4
    assert memory.total_bytes > memory.metrics_bytes
    (fault,) = check(body, memory_bytes=memory.metrics_bytes).faults
    assert (fault.pointer, fault.code) == ("/training/metrics", "memory_limit")


def test_the_rows_of_signals_count_as_memory() -> None:
    body = job("fashion_mnist", [{"type": "Flatten"}, {"type": "Dense", "units": 10}], batch_size=16)
    plain, measured = (check({**body, "coach": {"signals": signals}}).summary for signals in (False, True))
    assert plain is not None
    assert measured is not None
    assert plain.memory.signals_bytes == 0
    assert measured.memory.signals_bytes > 128 * 28 * 28 * 4
    assert check({**body, "coach": {"signals": False}}, memory_bytes=plain.memory.total_bytes).faults == []
    (fault,) = check(body, memory_bytes=plain.memory.total_bytes).faults
    assert fault.code == "memory_limit"
