"""Files of weights: their names, and a disk that is full."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from safetensors.numpy import save_file

from worker.trainer.weights.files import WeightsFile, WeightsRefused, write
from worker.trainer.weights.keys import layer_kinds, unique, weight_keys

ROOT = Path(__file__).parents[2]
FILLING = """
import errno
import sys
from pathlib import Path
import numpy as np
from worker.trainer.weights.files import write

disk = Path(sys.argv[1])
try:
    write({"dense/kernel": np.zeros(2**20, "float32")}, [], disk / "weights.safetensors")
except OSError as error:
    print(error.errno == errno.ENOSPC, [*disk.iterdir()])
"""


def test_a_disk_that_is_full_is_an_error_of_its_own_and_nothing_is_left(tmp_path: Path) -> None:
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    mount = 'mount -t tmpfs -o size=1M tmpfs "$0" && exec "$@"'
    command = ("unshare", *as_root, "--mount", "sh", "-c", mount, str(tmp_path), sys.executable, "-c", FILLING)
    done = subprocess.run([*command, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "True []\n", done.stderr


def test_names_are_those_of_layers_whatever_the_model_is_called() -> None:
    inner = keras.layers.Dense(2, name="sequential")
    model = keras.Sequential([keras.Input((3,)), inner, keras.layers.Dense(1, name="a.b-c")], name="sequential")
    expected = ["sequential/kernel", "sequential/bias", "a.b-c/kernel", "a.b-c/bias"]
    assert weight_keys(model) == expected
    first = keras.Input((3,))
    assert weight_keys(keras.Model(first, inner(first), name="sequential")) == expected[:2]
    inside = keras.layers.TimeDistributed(keras.layers.Dense(2, name="twice"), name="twice")
    nested = keras.Sequential([keras.Input((4, 3)), inside], name="outer")
    assert weight_keys(nested) == ["twice/twice/kernel", "twice/twice/bias"]
    assert unique(["a", "b", "a", "a"]) == ["a", "b", "a#2", "a#3"]


def test_only_what_is_asked_for_is_read_and_numbers_keep_their_kind(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="one")])
    arrays = {"one/kernel": np.full((3, 2), np.nan, "float16"), "@optimizer/iteration": np.array(2**40, "int64")}
    write(arrays, layer_kinds(model), tmp_path / "weights.safetensors")
    with WeightsFile(tmp_path / "weights.safetensors") as file:
        assert file.layers == {"one": "Dense"}
        assert file.of_layer("one") == ["one/kernel"]
        for name, array in arrays.items():
            found = file.read(name)
            assert (found.dtype, found.shape, found.tobytes()) == (array.dtype, array.shape, array.tobytes())
        with pytest.raises(WeightsRefused, match="It does not have"):
            file.read("one/bias")


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    for metadata, reason in (
        ({"format": "2", "layers": "[]"}, "It has the format 2, and this worker reads only the format 1."),
        ({"format": "2", "layers": '{"as nobody": "knows"}'}, "It has the format 2"),
        ({"layers": "[]"}, "It is damaged"),
    ):
        save_file({"one/kernel": np.zeros(3, "float32")}, tmp_path / "weights.safetensors", metadata=metadata)
        with pytest.raises(WeightsRefused, match=reason):
            WeightsFile(tmp_path / "weights.safetensors")
