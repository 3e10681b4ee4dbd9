"""What a job's failure, its end and its log say, and what a worker says to its operators, are sentences."""

from pathlib import Path

import pytest

from tests.literals import literals

ROOT = Path(__file__).resolve().parents[2]
TRAINER = sorted((ROOT / "worker" / "trainer").rglob("*.py"))
SUPERVISOR = sorted((ROOT / "worker" / "supervisor").rglob("*.py"))

FAILURES = {
    **dict.fromkeys(("DataUnavailable", "MemoryTooSmall", "CheckpointRefused", "NoSuchDevice", "TrainerNotReady"), 0),
    "Failure": 1,
}
"""What is raised or made of a failure -> which argument says what happened."""
LINES = dict.fromkeys(("debug", "info", "warning", "error", "exception"), 0)
"""What writes into a trainer's log: during a job that is a file of its owner's."""


@pytest.mark.parametrize("path", TRAINER, ids=lambda path: path.stem)
def test_failures_and_logs_are_told_in_sentences(path: Path) -> None:
    for literal in literals(path, FAILURES | LINES):
        assert literal.faults() == [], f"{path.name}:{literal.line}: {literal.text}"


@pytest.mark.parametrize("path", SUPERVISOR, ids=lambda path: path.stem)
def test_the_supervisors_failures_are_told_in_sentences(path: Path) -> None:
    for literal in literals(path, FAILURES):
        assert literal.faults() == [], f"{path.name}:{literal.line}: {literal.text}"


def test_the_walk_meets_the_messages() -> None:
    found = [literal.is_whole for path in (*TRAINER, *SUPERVISOR) for literal in literals(path, FAILURES | LINES)]
    assert sum(found) > 40
