"""``python -m bench [ROW …]``: measures, prints a table; a run of all rows also writes ``docs/performance.md``."""

import argparse
import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from bench import traffic, training
from bench.figures import Finding

ROWS: dict[str, Callable[[], Finding]] = {
    "small-job": training.small_job,
    "epoch": training.epoch,
    "notebook": training.notebook,
    "first-step": training.first_step,
    "create": traffic.create_on_sqlite,
    "create-postgresql": traffic.create_on_postgresql,
    "read": traffic.read_on_sqlite,
    "read-postgresql": traffic.read_on_postgresql,
}
PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
HEAD = """\
# Performance

`make bench` measures each row anew and writes this page; `make bench ROW=small-job` measures one row and only prints
it. Peer and service take turns in one run on one machine, because machines drift; a ratio is the service's figure
divided by the peer's of the same turn. Figures are medians, with the least and the greatest in brackets.
"""
TABLE = "| Work | Peer | Netcoach | Ratio | Goal | Notes |\n|---|---|---|---|---|---|"


def main() -> None:
    """Measures the rows of the command line, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    names: list[str] = parser.parse_args().rows
    if unknown := [name for name in names if name not in ROWS]:
        parser.error(f"no such row: {', '.join(unknown)}; there are {', '.join(ROWS)}")
    lines = [_machine(), "", TABLE]
    _say("\n".join(lines))
    for name in names or ROWS:
        lines.append(ROWS[name]().row())
        _say(lines[-1])
    if not names:
        PAGE.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")


def _machine() -> str:
    models = [line for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if "model name" in line]
    model = models[0].partition(":")[2].strip() if models else platform.processor()
    packages = ", ".join(f"{name} {version(name)}" for name in ("keras", "tensorflow-cpu"))
    return (
        f"Measured on {len(os.sched_getaffinity(0))} cores of {model}, Python {platform.python_version()}, {packages}."
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
