"""What a training on a user's data set leaves for raw rows, beside its network."""

import logging
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spec.datasets.facts import DatasetFacts
from worker.messages import Artifact
from worker.trainer.data.fitted import Fitted
from worker.trainer.data.tables.encoders import input_encoder
from worker.trainer.raw_rows.checking import Checker, Expected
from worker.trainer.raw_rows.encoding_graph import NotEncodable
from worker.trainer.raw_rows.preprocessing_file import write_example, write_preprocessing
from worker.trainer.raw_rows.raw_inputs import RawInput, values_of
from worker.trainer.raw_rows.serving_model import ServingModel, serving_model
from worker.trainer.results.artifacts import pack_model
from worker.trainer.sources.read_form import ReadTable
from worker.trainer.sources.uploaded import UploadedData
from worker.trainer.untyped import Model

SERVING_NAME = "serving.keras"
_EXACT = 1e-6
_OTHER_DEVICE = 1e-2
"""How far outputs may be off that another kind of device computed."""

logger = logging.getLogger(__name__)


class _NotRight(Exception):
    """The model is not what it should be."""


@dataclass(frozen=True)
class RawRows:
    """What is known of the rows that a network was trained on, as they were before they were encoded.

    Attributes:
        data: The files of the data set.
        facts: Of it.
        fitted: What they were encoded by, as JSON.
        sample: The places of some training rows in it.
    """

    data: UploadedData
    facts: DatasetFacts
    fitted: Mapping[str, Any]
    sample: list[int]

    def preprocessing(self, folder: Path) -> Artifact:
        """``preprocessing.json`` of a training that left no model for raw rows."""
        return write_preprocessing(folder, self.fitted, self.facts, self.data, None)


@dataclass(frozen=True)
class Left:
    """What was left.

    Attributes:
        artifacts: The files.
        reason: Why ``serving.keras`` is not among them, as a sentence; None where it is.
    """

    artifacts: list[Artifact]
    reason: str | None = None


def leave(  # noqa: PLR0913 -- what it depends on
    network: Model,
    rows: RawRows,
    folder: Path,
    checker: Checker,
    *,
    is_on_gpu: bool,
    is_awaited: Callable[[], bool],
) -> Left:
    """Write ``preprocessing.json``, and ``serving.keras`` if it passes its check in a process of its own.

    Args:
        network: Trained.
        rows: What it was trained on.
        folder: Where to.
        checker: The other process.
        is_on_gpu: Whether the network computes on one.
        is_awaited: Whether anybody waits for it; called every second while it is checked.

    Raises:
        OSError: The disk is full.
    """
    try:
        inputs = _save(network, rows, folder, checker, _OTHER_DEVICE if is_on_gpu else _EXACT, is_awaited)
    except OSError:
        raise
    except (NotEncodable, _NotRight) as error:
        reason = str(error)
    except Exception:  # (whatever Keras cannot do with a network, the training has succeeded)
        logger.exception("The model for raw rows could not be made.")
        reason = "Keras could not build it."
    else:
        model = Artifact(name=SERVING_NAME, path=str(folder / SERVING_NAME), media_type="application/zip")
        preprocessing = write_preprocessing(folder, rows.fitted, rows.facts, rows.data, inputs)
        return Left([model, preprocessing, write_example(folder, inputs)])
    return Left([rows.preprocessing(folder)], reason)


def _save(  # noqa: PLR0913, PLR0917 -- what it depends on
    network: Model,
    rows: RawRows,
    folder: Path,
    checker: Checker,
    tolerance: float,
    is_awaited: Callable[[], bool],
) -> Mapping[str, RawInput]:
    """Write the model, once it is known to be right; the inputs that it has."""
    with tempfile.TemporaryDirectory(prefix="serving-", dir=folder) as name:
        inner = Path(name)
        table = rows.data.main.opened()
        fitted = Fitted.model_validate(rows.fitted)
        serving = serving_model(network, fitted, table)
        pack_model(serving.model, inner / SERVING_NAME)
        expected = _expected(network, serving, fitted, table, rows.sample, tolerance)
        if (reason := checker.trouble(inner, expected, is_awaited)) is not None:
            raise _NotRight(reason)
        shutil.move(inner / SERVING_NAME, folder / SERVING_NAME)
    return serving.inputs


def _expected(  # noqa: PLR0913, PLR0917 -- likewise
    network: Model, serving: ServingModel, fitted: Fitted, table: ReadTable, sample: list[int], tolerance: float
) -> Expected:
    places = np.array(sample, np.int64)
    features = [input_encoder(one, table)(places) for one in fitted.inputs]
    given = features if len(features) > 1 else features[0]
    return Expected(
        raw={name: values_of(raw, fitted, table, places) for name, raw in serving.inputs.items()},
        features=features,
        outputs=np.asarray(network(given, training=False)).astype(np.float32),  # NumPy stores no bfloat16
        tolerance=tolerance,
    )
