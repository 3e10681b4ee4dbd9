"""Named cases: jobs that are faulty for a known reason, and others that look odd and are well.

A case is a file of JSON: ``id``, ``faulty``, ``faults`` (tags: names of rules, but ``diverged_nan`` for ``diverged``),
``also_plausible``, ``dataset``, and a ``job`` of ``network`` and ``training``; ours also have a ``why``. Those of
others live in a folder with a ``datasets.py``, whose ``DATASETS`` gives ``(x, y)`` for a name, and ``cases/*.json``.
"""

import importlib.util
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from bench.diagnosis.lines import FOLDER
from bench.diagnosis.runs import Asked
from bench.diagnosis.tables import UPLOADED, Array, Rows
from bench.own_data import DatasetUnreadable
from install import fashion_mnist

OURS = Path(__file__).parent / "cases"
SEEDS = (1, 2)
_RANK_OF_ROWS = 2


def our_cases() -> Iterator[Asked]:
    """The cases in this repository, on data sets of `bench.diagnosis.tables`."""
    for case in _cases(OURS):
        name: str = case["dataset"]
        rows = UPLOADED[name]() if name in UPLOADED else None
        yield from _asked(case, name, rows, case.get("reading", {}))


def cases_of(folder: Path) -> Iterator[Asked]:
    """The cases of others, translated: their rows are uploaded as they are, and scaled by nobody.

    Args:
        folder: Has ``datasets.py`` and ``cases``.

    Raises:
        DatasetUnreadable: If there is no such program.
    """
    made = _Datasets(folder)
    for case in _cases(folder / "cases"):
        yield from _asked(case, case["dataset"], _kept_rows(made, case["dataset"]), {"scaling": "none"})


def _cases(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]


def _asked(case: Mapping[str, Any], data: str, rows: Rows | None, reading: Mapping[str, Any]) -> Iterator[Asked]:
    dataset: dict[str, Any] = {"name": data, **reading}
    if rows is not None and rows.target != "number":
        dataset["target"] = {"column": "y", "type": rows.target}
    spec = {"dataset": dataset, "network": case["job"]["network"], "training": case["job"]["training"]}
    truth = {name: case[name] for name in ("faulty", "faults", "also_plausible")}
    for seed in SEEDS:
        yield Asked(case["id"], data, seed, spec, rows, {"truth": truth})


@dataclass(frozen=True)
class _Datasets:
    """The program that makes their rows, run only if it is needed."""

    folder: Path

    def named(self, name: str) -> Callable[[], tuple[Array, Array]]:
        """What makes the rows of a data set."""
        found = importlib.util.spec_from_file_location("datasets_of_cases", self.folder / "datasets.py")
        if found is None or found.loader is None:
            raise DatasetUnreadable(f"{self.folder} has no datasets.py.")
        module = importlib.util.module_from_spec(found)
        found.loader.exec_module(module)
        return module.DATASETS[name]


@cache
def _kept_rows(made: _Datasets, name: str) -> Rows:
    """Made once: what reads images of clothes imports Keras, and looks for them in Keras's folder."""
    path = FOLDER / "rows" / f"{name}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _give_keras_images()
        rows = _rows(*made.named(name)())
        path.write_bytes(rows.npz())
        (path.with_suffix(".target")).write_text(rows.target, encoding="utf-8")
    with np.load(path) as arrays:
        return Rows(arrays["x"], arrays["y"], path.with_suffix(".target").read_text(encoding="utf-8"))  # pyright: ignore[reportArgumentType]


def _give_keras_images() -> None:
    """Make a folder of Keras's that has Fashion-MNIST, where this machine has it."""
    folder, home = fashion_mnist.present(), FOLDER / "keras"
    link = home / "datasets" / fashion_mnist.NAME
    if folder is not None and not link.exists():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(folder)
    os.environ.setdefault("KERAS_HOME", str(home))


def _rows(x: Array, y: Array) -> Rows:
    """As a user would upload them: one-hot rows as class numbers, one number a row as a plain column."""
    if y.dtype.kind in "iu":
        return Rows(x, y)
    if y.ndim == _RANK_OF_ROWS and y.shape[1] > 1 and set(np.unique(y)) <= {0.0, 1.0}:
        if (y.sum(axis=1) == 1).all():
            return Rows(x, y.argmax(axis=1).astype(np.int32))
        return Rows(x, y.astype(np.int32), "labels")
    return Rows(x, y[:, 0] if y.shape[1:] == (1,) else y, "number")
