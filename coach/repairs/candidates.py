"""What a repair tries: remedies, the most promising first, and pairs of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any

from coach.coached_job import CoachedJob, JobFaulty
from coach.findings import Finding, Remedy
from coach.moves import BY_NAME, applied, moved
from coach.outcomes import Move, NotApplicable
from coach.techniques.data.more_epochs import MoreEpochs
from spec.diagnosis import SEVERITIES

MOST_TIMES_LONGER = 1.5
"""A candidate trains for at most so many times the epochs of the original: the budget of all is twice as many."""
SHARE_OF_PAIRS = 1 / 3
"""Of the candidates, so many are pairs, where there are as many of either: a job may have more than one illness."""
_PAIRED = 6
"""Of the most promising remedies pairs are made."""


@dataclass(frozen=True)
class Candidate:
    """A change that may help.

    Attributes:
        title: What it does, as an imperative.
        techniques: By name, one or two.
        patch: RFC 6902 operations on the original's spec; the result passes the check.
        epochs: For how long the changed job trains.
    """

    title: str
    techniques: Sequence[str]
    patch: Sequence[Mapping[str, Any]]
    epochs: int


@dataclass(frozen=True)
class _Changed:
    """A candidate, and the job that it makes."""

    candidate: Candidate
    job: CoachedJob
    rule: str
    remedies: tuple[Remedy, ...]


def candidates(
    job: CoachedJob, findings: Sequence[Finding], most: int, *, is_loss_kept: bool = False
) -> list[Candidate]:
    """What is tried of a sick job, the most promising first; no two make the same job.

    Args:
        job: As it is.
        findings: With their remedies.
        most: How many there may be.
        is_loss_kept: Whether only candidates with the original's loss and penalties can be compared with it.
    """
    known = {_key(job.said)}

    def usable(found: Iterator[_Changed]) -> Iterator[_Changed]:
        return (
            one
            for one in found
            if not (is_loss_kept and _changes_loss(one.candidate)) and _is_new(_key(one.job.said), known)
        )

    singles = list(usable(_singles(job, findings)))
    count = most - int(most * SHARE_OF_PAIRS)
    first, rest = singles[:count], singles[count:]
    paired = list(islice(usable(_pairs(job, singles[:_PAIRED])), most - len(first)))
    return [one.candidate for one in (*first, *paired, *rest)][:most]


def _singles(job: CoachedJob, findings: Sequence[Finding]) -> Iterator[_Changed]:
    """Remedies of alarms ahead of those of hints, of causes ahead of symptoms, the first of each ahead of others."""
    hint = SEVERITIES[-1]
    ranked = sorted(
        (
            (finding.severity == hint, not finding.is_cause, place, rank)
            for rank, finding in enumerate(findings)
            for place in range(len(finding.remedies))
        )
    )
    for _, _, place, rank in ranked:
        remedy = _bounded(job, findings[rank].remedies[place])
        changed = None if remedy is None else _changed(job, (), remedy, findings[rank].found.rule)
        if changed is not None:
            yield changed


def _bounded(job: CoachedJob, remedy: Remedy) -> Remedy | None:
    """The remedy, with no more epochs than there can be."""
    most = int(MOST_TIMES_LONGER * job.spec.training.epochs)
    if remedy.technique != MoreEpochs.NAME:
        return remedy
    parameters = {**remedy.parameters, "most_epochs": most}
    move = applied(BY_NAME[remedy.technique], job, parameters)
    if isinstance(move, NotApplicable):
        return None
    return Remedy(remedy.title, remedy.reason, remedy.technique, move.patch, parameters)


def _pairs(job: CoachedJob, changed: Sequence[_Changed]) -> Iterator[_Changed]:
    """Two remedies at once, the second made for what the first made: of different illnesses ahead of the same one's."""
    places = sorted(
        combinations(range(len(changed)), 2),
        key=lambda pair: (changed[pair[0]].rule == changed[pair[1]].rule, sum(pair), pair),
    )
    for one, other in places:
        first, second = changed[one], changed[other]
        remedy = second.remedies[0]
        move = applied(BY_NAME[remedy.technique], first.job, dict(remedy.parameters))
        if isinstance(move, NotApplicable):
            continue
        made = _changed(
            job, first.remedies, Remedy(remedy.title, remedy.reason, remedy.technique, move.patch), first.rule
        )
        if made is not None:
            yield made


def _changed(job: CoachedJob, before: tuple[Remedy, ...], remedy: Remedy, rule: str) -> _Changed | None:
    """What remedies make of a job; None if that is no sound job, or trains for too long."""
    remedies = (*before, remedy)
    patch = [dict(operation) for one in remedies for operation in one.patch]
    try:
        made = job.look_at(moved(job.said, Move(patch, remedy.reason)))
    except JobFaulty:
        return None
    epochs = made.spec.training.epochs
    if epochs > max(int(MOST_TIMES_LONGER * job.spec.training.epochs), 1):
        return None
    title = " + ".join(one.title for one in remedies)
    return _Changed(Candidate(title, [one.technique for one in remedies], patch, epochs), made, rule, remedies)


def _changes_loss(candidate: Candidate) -> bool:
    """Whether the loss of the changed job may mean something else: another function, or other penalties in it."""
    return any("regularizer" in _key(one) or str(one["path"]).startswith("/training/loss") for one in candidate.patch)


def _key(said: Mapping[str, Any]) -> str:
    return json.dumps(said, sort_keys=True)


def _is_new(key: str, known: set[str]) -> bool:
    """Whether this is seen for the first time."""
    is_new = key not in known
    known.add(key)
    return is_new
