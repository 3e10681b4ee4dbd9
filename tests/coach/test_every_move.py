"""Every technique on a thousand jobs that are drawn: what is sound stays sound, and nothing is changed twice."""

import copy
import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

from coach.coached_job import JobFaulty
from coach.moves import moved
from coach.outcomes import Move, NotApplicable
from coach.techniques import TECHNIQUES
from coach.techniques.reuse.reused_weights import ReusedWeights
from spec.patches.application import Budget, apply
from spec.patches.operations import MAX_OPERATIONS, read_patch
from tests.coach.drawn_jobs import drawn_jobs
from tests.wording import faults_of_sentence

JOBS = 1_000
SEED = os.environ.get("SEED")
EVERY = 3 if SEED is None else 1
"""Every third result is checked, since checks take most of the time; with a seed from `make fuzz`, all of them are."""

FAULTS = {
    "one_cycle": ("`OneCycle` moves the learning rate of a single optimizer",),
    "performance_scheduling": ("The learning rate follows",),
    "shallower": ("This freezes every layer",),
}
"""What no move of a technique can know without the check: `coach.moves.applied` turns such results into reasons."""


def assert_minimal(said: Mapping[str, Any], move: Move) -> None:
    """Each operation changes something, and no more than it must."""
    document: Any = copy.deepcopy(dict(said))
    assert 0 < len(move.patch) <= MAX_OPERATIONS
    for operation in move.patch:
        before = copy.deepcopy(document)
        document = apply(document, read_patch([dict(operation)]), Budget(100_000, 10_000_000)).document
        assert document != before, operation
        if operation["op"] == "replace" and operation["path"] != "/network/layers":
            value, former = operation["value"], _at(before, operation["path"])
            is_like = isinstance(value, dict) and isinstance(former, dict) and value.get("type") == former.get("type")
            assert not is_like, operation


def _at(document: Any, path: str) -> Any:  # noqa: ANN401 -- any JSON value
    for part in path.split("/")[1:]:
        document = document[int(part)] if isinstance(document, list) else document[part.replace("~1", "/")]
    return document


def test_every_technique_on_a_thousand_jobs() -> None:
    made: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for number, job in enumerate(drawn_jobs(JOBS, 1_000_000 * int(SEED or 0))):
        before = copy.deepcopy(job.said)
        for place, technique in enumerate(TECHNIQUES):
            parameters = technique.PARAMETERS()
            move = technique.move(job, parameters)
            assert faults_of_sentence(move.reason) == [], (technique.NAME, move.reason)
            if isinstance(move, NotApplicable):
                continue
            made[technique.NAME] += 1
            if (number + place) % EVERY:
                continue
            assert_minimal(job.said, move)
            result = moved(job.said, move)
            try:
                then = job.look_at(result)
            except JobFaulty as error:
                faults = [fault.message for fault in error.faults]
                is_known = all(fault.startswith(FAULTS.get(technique.NAME, ())) for fault in faults)
                assert faults, (technique.NAME, job.said)
                assert is_known, (technique.NAME, faults, job.said, move.patch)
                refused[technique.NAME] += 1
                continue
            again = technique.move(then, parameters)
            assert isinstance(again, NotApplicable), (technique.NAME, job.said, move.patch, again.patch)
        assert job.said == before
    assert set(made) == {one.NAME for one in TECHNIQUES} - {ReusedWeights.NAME}
    assert sum(refused.values()) < sum(made.values()) / 100, refused
