"""Rows about networks that read sequences: files of series and of texts are sent to the service, and trained on."""

import csv
import io
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench import programs
from bench.datasets import sent
from bench.figures import Finding, Goal, Measure
from bench.service import epoch_seconds, epochs_of, service, train
from bench.training import median_epoch
from launch.calls import Calls

TURNS = 3
ROWS, CLASSES = 5_000, 5
STEPS = 50
WORDS, LENGTH, SIZE = 2_000, 32, 32
_ONE_THREAD = {"NETCOACH_WORKER_SLOTS": "1", "NETCOACH_TRAINER_THREADS": "1"}
_SOFTMAX = {"type": "Dense", "units": CLASSES, "activation": "softmax"}
_TRAINING: dict[str, Any] = {
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
    "optimizer": "adam",
    "epochs": 4,
    "batch_size": 32,
    "shuffle": False,
    "seed": 42,
}
SERIES: dict[str, Any] = {
    "dataset": {"target": {"column": "y", "type": "classes"}},
    "network": {"layers": [{"type": "LSTM", "units": 64}, _SOFTMAX]},
    "training": _TRAINING,
}
"""As `bench.peers.keras_series`."""
TEXTS: dict[str, Any] = {
    "dataset": {
        "target": "topic",
        "features": [{"column": "text", "encoding": "tokens", "max_tokens": WORDS, "length": LENGTH}],
    },
    "network": {
        "layers": [
            {"type": "Embedding", "input_dim": WORDS, "output_dim": SIZE, "mask_zero": True},
            {"type": "PositionEmbedding", "name": "placed"},
            {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 16, "dropout": 0.1, "name": "heads"},
            {"type": "Add", "inputs": ["placed", "heads"]},
            {"type": "LayerNormalization", "name": "attended"},
            {"type": "Dense", "units": 64, "activation": "relu"},
            {"type": "Dense", "units": SIZE},
            {"type": "Dropout", "rate": 0.1, "name": "mixed"},
            {"type": "Add", "inputs": ["attended", "mixed"]},
            {"type": "LayerNormalization"},
            {"type": "GlobalAveragePooling1D"},
            _SOFTMAX,
        ]
    },
    "training": _TRAINING,
}
"""As `bench.peers.keras_texts`."""


def series() -> list[Finding]:
    """An epoch of an LSTM on series that a user has sent, beside ``fit`` on the same file."""
    work = "an epoch of an LSTM of 64 units, 5,000 series of 50 steps, one thread"
    return [_compared(work, SERIES, series_file(), {}, "bench.peers.keras_series")]


def texts() -> list[Finding]:
    """An epoch of a small transformer on texts that a user has sent, beside ``fit`` on the same file."""
    work = "an epoch of an Embedding and a transformer of 32 features, 5,000 texts of up to 32 words, one thread"
    told = {"columns": {"text": {"type": "text"}}}
    found = _compared(work, TEXTS, texts_file(), told, "bench.peers.keras_texts")
    # Its weights and its numbers of words are others: Keras has no layer of positions, so the program has its own.
    return [replace(found, notes=["the program has a layer of positions of its own"])]


def series_file() -> bytes:
    """Series of noise with a wave of one of five lengths, as NPZ."""
    generator = np.random.default_rng(0)
    classes = generator.integers(0, CLASSES, size=ROWS)
    waves = np.sin(np.arange(STEPS) * 2 * np.pi / (4 + 3 * classes[:, None]))
    made = io.BytesIO()
    np.savez(made, x=(waves + generator.normal(size=waves.shape))[..., None].astype("float32"), y=classes)
    return made.getvalue()


def texts_file() -> bytes:
    """Texts whose words are as frequent as those of a language, some of them a topic's own, as CSV."""
    generator = np.random.default_rng(0)
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(["text", "topic"])
    topics: list[int] = generator.integers(0, CLASSES, size=ROWS).tolist()
    lengths: list[int] = generator.integers(5, LENGTH + 1, size=ROWS).tolist()
    for topic, length in zip(topics, lengths, strict=True):
        usual: list[int] = np.minimum(generator.zipf(1.3, size=length), 4 * WORDS).tolist()
        is_own: list[bool] = (generator.random(length) < 0.1).tolist()  # noqa: PLR2004 -- a tenth of the words
        words = [10 + topic if own else word for word, own in zip(usual, is_own, strict=True)]
        writer.writerow([" ".join(f"word{word}" for word in words), f"topic{topic}"])
    return made.getvalue().encode()


def _compared(work: str, job: dict[str, Any], content: bytes, description: dict[str, Any], peer: str) -> Finding:
    """Epochs of the service and of a program, in turn; of each, the first is left out."""
    ours: list[float] = []
    theirs: list[float] = []
    same = total = 0
    with service(**_ONE_THREAD) as running, tempfile.TemporaryDirectory() as folder:
        calls = running.calls
        path = Path(folder) / "file"
        path.write_bytes(content)
        spec = job | {"dataset": {"name": sent(running, content, description), **job["dataset"]}}
        for _ in range(TURNS):
            told = programs.run(peer, str(path))
            theirs.append(median_epoch(told["epoch_seconds"]))
            job_id, _ = train(calls, spec)
            ours.append(median_epoch(epoch_seconds(calls, job_id)))
            pairs = list(
                zip(_numbers(calls, job_id), [value for row in told["logs"] for value in row.values()], strict=True)
            )
            same, total = same + sum(one == other for one, other in pairs), total + len(pairs)
    return Finding(
        work,
        Measure(ours, "s"),
        Goal(0.8),
        "`model.fit`, all cores",
        Measure(theirs, "s"),
        [f"{same} of {total} numbers are the same to the bit"],
    )


def _numbers(calls: Calls, job_id: str) -> list[float]:
    """Accuracy and loss of every epoch, in the order of `fit`."""
    return [row["metrics"][name] for row in epochs_of(calls, job_id) for name in ("accuracy", "loss")]
