"""What was measured, kept in ``docs/performance/measured.json``, and the page and pictures made of it."""

import os
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pydantic import TypeAdapter

from bench import programs
from bench.figures import Finding, told
from bench.service import ROOT

PAGE = ROOT / "docs" / "performance.md"
FOLDER = ROOT / "docs" / "performance"
KEPT = FOLDER / "measured.json"
TABLE = "| Work | Compared with | Netcoach | Ratio | Goal | Notes |\n|---|---|---|---|---|---|"
_HEAD = """\
# Performance

`make bench` measures every row and writes this page. `make bench ROW=small-job` measures one row and only prints it;
add `KEEP=1` to update that row here. `make bench PEERS=1` first installs the peers that are not packages of the service
itself: Ray Tune, Keras Tuner, MLflow, and Matplotlib for the pictures. `make bench ROW=--list` lists all rows.

The service and its peer take turns in one run on one machine, because machines drift. A ratio is the service's figure
divided by the peer's from the same turn. Figures are medians, with the smallest and the largest in brackets. A "warm"
worker has already run a job.

"""


@dataclass(frozen=True)
class Measured:
    """One row's findings, and where they were made.

    Attributes:
        machine: What it ran on, in a sentence.
        findings: Lines of the table.
    """

    machine: str
    findings: list[Finding]


_ROWS: TypeAdapter[dict[str, Measured]] = TypeAdapter(dict[str, Measured])


def read_kept(path: Path = KEPT) -> dict[str, Measured]:
    """What was kept, by row."""
    return _ROWS.validate_json(path.read_bytes()) if path.exists() else {}


def keep(rows: dict[str, Measured], path: Path = KEPT) -> None:
    """Put these rows in the place of all that was kept."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(_ROWS.dump_json(rows, indent=1) + b"\n")


def write_page(rows: dict[str, Measured]) -> None:
    """Write the page, and draw the pictures if Matplotlib is at hand."""
    PAGE.write_text(page(rows), encoding="utf-8")
    if not programs.are_peers_installed():
        sys.stderr.write("The pictures were not redrawn: `make bench PEERS=1` installs what draws them.\n")
        return
    findings = _ROWS.dump_json(rows).decode()
    for name in ("goals", "way"):
        target = str(FOLDER / f"{name}.svg")
        programs.run(f"bench.pictures.{name}", target, has_own_packages=True, told=findings)


def page(rows: dict[str, Measured]) -> str:
    """The page's text."""
    machines = dict.fromkeys(row.machine for row in rows.values())
    findings = [finding for row in rows.values() for finding in row.findings]
    text = _HEAD + "".join(f"{machine}\n\n" for machine in machines)
    text += "\n".join([TABLE, *(finding.row() for finding in findings)]) + "\n"
    text += (
        "\n## Compared with the goals\n\n"
        "Each figure as a share of its goal (inverted where more is better): left of the line, the goal is met.\n\n"
        "![Each figure as a share of its goal](performance/goals.svg)\n"
    )
    for finding in findings:
        if finding.parts:
            text += _way(finding)
    return text


def machine() -> str:
    """What this process runs on, in a sentence."""
    cores = len(os.sched_getaffinity(0))
    packages = ", ".join(f"{name} {version(name)}" for name in ("keras", "tensorflow-cpu"))
    return f"Measured on {cores} cores of {_processor()}, Python {platform.python_version()}, {packages}."


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


def _way(finding: Finding) -> str:
    rows = [
        f"| {part.name} | {told(part.began_ms)} | {told(part.ended_ms - part.began_ms)} |" for part in finding.parts
    ]
    table = "\n".join(["| Step | starts after, ms | takes, ms |", "|---|---|---|", *rows])
    return (
        f"\n## Where the time goes\n\n{finding.work[0].upper()}{finding.work[1:]}; medians of several jobs.\n\n"
        f"![Where a job's time goes](performance/way.svg)\n\n{table}\n"
    )
