"""Asks `worker.trainer.raw_rows.checker`, a process of its own, whether a model can be loaded and is right."""

import json
import logging
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from worker.trainer.log_lines import reason_of
from worker.trainer.raw_rows import checker
from worker.trainer.raw_rows.raw_inputs import Values
from worker.trainer.untyped import Array

TIMEOUT_SECONDS = 120.0
_LOOK_SECONDS = 1.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Expected:
    """What a model for raw rows should give for some rows.

    Attributes:
        raw: Their values, by the names of the model's inputs.
        features: What they are encoded as, one array for each input of the network, in order.
        outputs: What the network puts out for them.
        tolerance: How far outputs may be off, relative to those that are greater than one.
    """

    raw: Mapping[str, Values]
    features: Sequence[Array]
    outputs: Array
    tolerance: float

    def write(self, folder: Path) -> None:
        """Leave all of it in files, for the other process."""
        arrays = [name for name, values in self.raw.items() if not isinstance(values, list)]
        texts = {name: values for name, values in self.raw.items() if isinstance(values, list)}
        order = {"arrays": arrays, "texts": texts, "features": len(self.features)}
        (folder / "order.json").write_text(json.dumps(order), encoding="utf-8")
        named: dict[str, Any] = {f"raw {number}": self.raw[name] for number, name in enumerate(arrays)}
        named |= {f"features {number}": array for number, array in enumerate(self.features)}
        np.savez(folder / "arrays.npz", **named, outputs=self.outputs)


class Checker:
    """The other process. It takes seconds to start, so it is best started before it is needed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, unless it runs. Where the machine has no room for it, there is none, which no job fails of."""
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- our own program
                [sys.executable, "-I", str(Path(checker.__file__))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            logger.warning("The process that checks models for raw rows cannot start: %s.", reason_of(error))

    def close(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def trouble(self, folder: Path, expected: Expected, is_awaited: Callable[[], bool]) -> str | None:
        """What is wrong with ``serving.keras`` in this folder, as a sentence; None where nothing is.

        Args:
            folder: Where the model lies, and nothing else; what is written beside it stays.
            expected: What it should give.
            is_awaited: Whether anybody waits for the answer; called every second meanwhile.
        """
        expected.write(folder)
        told = self._asked(folder, is_awaited)
        if told is None:
            return "Its check did not end in time."
        if "error" in told:
            logger.warning("The model for raw rows could not be checked: %s", told["error"])
            return "Keras could not load it in a process of its own."
        if not told["are_features_equal"]:
            return "It encoded rows otherwise than they were encoded for the training."
        if told["difference"] > expected.tolerance:
            return "Its outputs differed from those of the network."
        return None

    def _asked(self, folder: Path, is_awaited: Callable[[], bool]) -> dict[str, Any] | None:
        for _ in range(2):  # it may have ended of idleness just now
            self.start()
            process = self._process
            if process is None or process.stdin is None or process.stdout is None:
                break
            try:
                process.stdin.write(json.dumps({"folder": str(folder)}).encode() + b"\n")
                process.stdin.flush()
            except OSError:
                self.close()
                continue
            line = self._line(process, is_awaited)
            if line is None or line.endswith(b"\n"):
                return None if line is None else json.loads(line)
            self.close()
        return {"error": "There is no process."}

    def _line(self, process: "subprocess.Popen[bytes]", is_awaited: Callable[[], bool]) -> bytes | None:
        """Its answer; without an end if the process has ended, None if it took too long."""
        until = time.monotonic() + TIMEOUT_SECONDS
        while process.stdout is not None and time.monotonic() < until and is_awaited():
            if select.select([process.stdout], [], [], _LOOK_SECONDS)[0]:
                return process.stdout.readline()
        self.close()
        return None
