"""Runs the examples of a page in order, in a folder of their own, against a live service."""

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.docs.blocks import Block, Exchange, exchanges_of
from tests.docs.likeness import is_like

ROOT = Path(__file__).resolve().parents[2]
SHOWN_ADDRESS = "http://127.0.0.1:8000"
PATIENCE_SECONDS = 90
"""The first job waits for TensorFlow to be imported."""
_ID = re.compile(r"\b(?:job|key|hook|dlv|ds|up)_[0-9a-z]{26}\b")
"""What later examples speak of."""


@dataclass(frozen=True)
class _Told:
    shown: str
    real: str

    @property
    def is_alike(self) -> bool:
        # A page that shows nothing says nothing of the output.
        return not self.shown or is_like(self.shown, self.real)


class Session:
    """One page's examples: what one of them made, those after it speak of.

    Args:
        address: Of the service that stands where the page says `SHOWN_ADDRESS`.
        folder: Where the commands run; it has the repository's `examples` in it.
    """

    def __init__(self, address: str, folder: Path) -> None:
        self._address = address
        self._folder = folder
        self._ids: dict[str, str] = {}
        (folder / "examples").symlink_to(ROOT / "examples")

    def run_console(self, block: Block) -> None:
        """Each command, which must say what the page says.

        A command that only reads is run again while it says something else: the page shows how things stand in the end.
        """
        for exchange in exchanges_of(block):
            deadline = time.monotonic() + PATIENCE_SECONDS
            is_reading = not re.search(r"--json|-F |-X (?:POST|PATCH|DELETE)|python", exchange.command)
            while not (told := self._compare(exchange)).is_alike:
                is_hopeful = is_reading and time.monotonic() < deadline
                assert is_hopeful, (
                    f"{block.page}:{block.line}: {exchange.command}\nshows\n{told.shown}\nbut says\n{told.real}"
                )
                time.sleep(0.2)

    def _compare(self, exchange: Exchange) -> "_Told":
        real = self.run_shell(exchange.command)
        return _Told(self._with_real_ids(exchange.output, real), real)

    def run_shell(self, script: str) -> str:
        """What a script says; it must succeed."""
        return self._run(["bash", "-euo", "pipefail", "-c", self._real(script)])

    def run_python(self, program: str) -> str:
        """What a program says; it must succeed."""
        return self._run([sys.executable, "-c", self._real(program)])

    def _run(self, command: list[str]) -> str:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            command,
            cwd=self._folder,
            # Neither a proxy nor a .curlrc has a say in what is sent.
            env={"PATH": path, "HOME": str(self._folder), "TF_CPP_MIN_LOG_LEVEL": "3", "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command[-1]}\nfailed: {done.stderr}\n{done.stdout}"
        return done.stdout

    def _real(self, text: str) -> str:
        text = text.replace(SHOWN_ADDRESS, self._address)
        return _ID.sub(lambda match: self._ids.get(match[0], match[0]), text)

    def _with_real_ids(self, shown: str, real: str) -> str:
        """The output with the ids of this run: one shown for the first time is the first new one that was said."""
        for shown_id in dict.fromkeys(_ID.findall(shown)):
            if shown_id not in self._ids and shown_id not in real:
                kind = shown_id.partition("_")[0]
                new = [
                    found
                    for found in _ID.findall(real)
                    if found not in self._ids.values() and found.partition("_")[0] == kind
                ]
                if new:
                    self._ids[shown_id] = new[0]
        return self._real(shown)
