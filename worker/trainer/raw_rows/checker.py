"""A program of its own: loads models with nothing but Keras, and sees that they give what they should.

It is started as ``python -I checker.py``, and reads one JSON object a line, with the folder that `checking` has put all
into. It imports Keras once, and loads each model in a process that is forked from itself and has loaded nothing before.
It answers one line of JSON each, and ends when nobody asks for long, or whoever started it is gone.
"""

import ctypes
import importlib
import json
import os
import select
import signal
import sys
from pathlib import Path
from typing import Any

IDLE_SECONDS = 120.0
_NICENESS = 5
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Answer order after order."""
    os.umask(0o077)  # `worker.trainer.process.keep_files_private`, which this process cannot import
    _die_with_parent()
    os.nice(_NICENESS)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    answers = os.dup(1)
    os.dup2(2, 1)  # what libraries print is no answer
    importlib.import_module("keras")  # the variables of its environment are set before

    buffer = b""
    while select.select([0], [], [], IDLE_SECONDS)[0]:
        read = os.read(0, 65_536)
        if not read:
            return
        buffer += read
        while b"\n" in buffer:
            line, _, buffer = buffer.partition(b"\n")
            _answer(json.loads(line)["folder"], answers)


def _die_with_parent() -> None:
    """Have the kernel kill this process when the one that started it ends."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _answer(folder: str, answers: int) -> None:
    """In a process of its own, whose end is waited for."""
    child = os.fork()
    if child == 0:
        _die_with_parent()
        try:
            told = _checked(Path(folder))
        except BaseException as error:  # noqa: BLE001 (whatever it is, it is told)
            told = {"error": f"{type(error).__name__}: {error}"[:1_000]}
        os.write(answers, json.dumps(told).encode() + b"\n")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status:
        os.write(answers, json.dumps({"error": f"The process ended with the status {status}."}).encode() + b"\n")


def _checked(folder: Path) -> dict[str, Any]:
    """How much of the features is equal to the bit, and how far the outputs are off."""
    import keras  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415
    import tensorflow as tf  # noqa: PLC0415

    order = json.loads((folder / "order.json").read_text("utf-8"))
    texts: dict[str, list[str]] = order["texts"]
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
        raw: dict[str, Any] = {
            name: tf.constant(arrays[f"raw {number}"]) for number, name in enumerate(order["arrays"])
        }
        features = [arrays[f"features {number}"] for number in range(order["features"])]
        outputs = arrays["outputs"].astype(np.float64)
    raw |= {name: tf.constant(values)[:, tf.newaxis] for name, values in texts.items()}
    model: Any = keras.models.load_model(folder / "serving.keras", compile=False, safe_mode=True)
    network = model.layers[-1]
    inner = keras.tree.flatten(network._inbound_nodes[-1].input_tensors)  # noqa: SLF001 (what it is called with)
    found = keras.Model(model.input, inner)(raw, training=False)
    equal = [
        np.array_equal(np.asarray(one), expected, equal_nan=True)
        for one, expected in zip(keras.tree.flatten(found), features, strict=True)
    ]
    given = np.asarray(model(raw, training=False)).astype(np.float64)
    with np.errstate(invalid="ignore"):
        off = np.abs(given - outputs) / np.maximum(1.0, np.abs(outputs))
    off[np.isnan(given) & np.isnan(outputs) | (given == outputs)] = 0.0
    difference = float(np.nan_to_num(off, nan=np.inf).max(initial=0.0))
    return {"are_features_equal": all(equal), "difference": min(difference, sys.float_info.max)}


if __name__ == "__main__":
    sys.exit(main())
