"""NPZ files as Keras saves its data sets: parts of one array under several names."""

import numpy as np
import pytest

from spec.datasets.splits import SplitSpec
from tests.reader.files import faults_of, npz, read_bytes


def mnist(*parts: tuple[str, int], **more: np.ndarray) -> bytes:
    """Pictures and their digits, so many in each part."""
    arrays: dict[str, np.ndarray] = {}
    for number, (part, rows) in enumerate(parts):
        arrays[f"x_{part}"] = np.full((rows, 3, 3), 10 * number, np.uint8)
        arrays[f"y_{part}"] = np.arange(rows) + 10 * number
    return npz(**arrays, **more)


def test_parts_are_joined_in_their_order() -> None:
    found = read_bytes(mnist(("test", 2), ("train", 4), ("val", 3)))
    assert [column["name"] for column in found.facts["columns"]] == ["x", "y", "part"]
    assert found.values("part") == ["training"] * 4 + ["validation"] * 3 + ["test"] * 2
    assert found.values("y") == [10, 11, 12, 13, 20, 21, 22, 0, 1]
    assert (found.members["0"].dtype, found.members["0"].shape) == (np.uint8, (9, 3, 3))
    assert found.members["0"][:, 0, 0].tolist() == [10] * 4 + [20] * 3 + [0] * 2
    (warning,) = (one for one in found.facts["warnings"] if one["code"] == "joined_arrays")
    assert "`x` is `x_train`, `x_val` and `x_test`" in warning["message"]
    # What it says is what a job takes.
    said = warning["message"].split('"split": ')[1].rsplit("`", 1)[0]
    split = SplitSpec.model_validate_json(said)
    assert split.column is not None
    assert (split.column.training, split.column.validation, split.column.test) == ("training", "validation", "test")


def test_two_parts_and_other_types() -> None:
    found = read_bytes(
        npz(
            x_train=np.asfortranarray(np.arange(6, dtype=np.float32).reshape(3, 2)),
            x_test=np.arange(4, dtype=np.float64).reshape(2, 2),
            name_train=np.array(["a", "b", "a"]),
            name_test=np.array(["long", "a"]),
        ),
        {"target": "name", "columns": {"part": {"type": "ignore"}}},
    )
    assert found.values("x") == [[0, 1], [2, 3], [4, 5], [0, 1], [2, 3]]
    assert (found.values("name"), found.facts["classes"]) == (["a", "b", "a", "long", "a"], ["a", "b", "long"])
    assert [column["name"] for column in found.facts["columns"]] == ["x", "name"]
    ignored = read_bytes(
        mnist(("train", 2), ("test", 1), names=np.arange(10)), {"columns": {"names": {"type": "ignore"}}}
    )
    assert ignored.facts["rows"] == 3


@pytest.mark.parametrize(
    ("data", "code", "column"),
    [
        (mnist(("train", 4), ("test", 2), names=np.arange(10)), "unequal_rows", "x_test"),
        (npz(x_train=np.ones((3, 2)), y_train=np.arange(2), x_test=np.ones((2, 2)), y_test=np.arange(2)),
         "unequal_rows", "y_train"),
        (npz(x_train=np.ones((3, 2)), x_test=np.ones((2, 3))), "unlike_parts", "x_test"),
        (npz(y_train=np.arange(3), y_test=np.array(["a", "b"])), "unlike_parts", "y_test"),
        (npz(x_train=np.arange(3), x_test=np.arange(2), y_train=np.arange(3)), "unequal_rows", "x_test"),
        (npz(x_val=np.arange(3), x_test=np.arange(2)), "unequal_rows", "x_test"),
        (npz(part_train=np.arange(3), part_test=np.arange(2)), "unequal_rows", "part_test"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_lengths(data: bytes, code: str, column: str) -> None:
    fault = next(fault for fault in faults_of(data) if fault.code == code)
    assert fault.column == column
    if code == "unequal_rows":
        assert "has 2 rows" in fault.message or "has 4 rows" in fault.message


def test_arrays_that_are_described_by_their_own_names_stay_apart() -> None:
    data = mnist(("train", 3), ("test", 3))
    assert read_bytes(data).facts["rows"] == 6
    found = read_bytes(data, {"target": "y_train"})
    assert [column["name"] for column in found.facts["columns"]] == ["x_train", "y_train", "x_test", "y_test"]
