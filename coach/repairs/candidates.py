"""What a repair tries: sound setups, remedies of what was found, all of the first ones at once, and pairs of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any

from coach.coached_job import CoachedJob, JobFaulty
from coach.findings import Finding, Remedy
from coach.moves import BY_NAME, applied, moved
from coach.outcomes import Move, NotApplicable
from coach.repairs.recipes import RECIPES, made_by, patience
from coach.techniques.data.more_epochs import MoreEpochs
from coach.techniques.regularization.early_stopping import EarlyStopping
from spec.diagnosis import SEVERITIES
from spec.training.training import MAX_EPOCHS

MOST_TIMES_LONGER = 1.5
"""A candidate trains for at most so many times the epochs of the original: the budget of all is twice as many."""
_PAIRED = 6
"""Of the most promising remedies pairs are made."""


@dataclass(frozen=True)
class Candidate:
    """A change that may help.

    Attributes:
        title: What it does, as an imperative.
        techniques: By name, in the order in which they are used.
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
    setups = list(usable(_setups(job, is_loss_kept=is_loss_kept)))
    # A network that can learn again may also learn its rows by heart, so the weights of its best epoch are kept.
    together = [_added(job, one, EarlyStopping.NAME, patience(job)) or one for one in usable(_together(job, singles))]
    paired = list(islice(usable(_pairs(job, singles[:_PAIRED])), most))
    # What heals many illnesses ahead of what heals one, and the smaller changes among it: they tell what was wrong.
    ranked = (*setups[:1], *together, *singles[:1], *setups[1:], *singles[1:2], *paired[:1], *singles[2:], *paired[1:])
    return [one.candidate for one in ranked][:most]


def _setups(job: CoachedJob, *, is_loss_kept: bool) -> Iterator[_Changed]:
    """Sound setups."""
    for recipe in RECIPES:
        made = made_by(recipe, job, is_loss_kept=is_loss_kept)
        if made is not None:
            changed = job.look_at(moved(job.said, Move(made.patch, recipe.title)))
            candidate = Candidate(recipe.title, made.techniques, made.patch, changed.spec.training.epochs)
            yield _Changed(candidate, changed, "", ())


def _together(job: CoachedJob, singles: Sequence[_Changed]) -> Iterator[_Changed]:
    """The first remedy of each illness, all at once, each made for what those before it made."""
    made: _Changed | None = None
    treated = set[str]()
    for one in singles:
        if one.rule in treated or one.candidate.epochs > job.spec.training.epochs:
            continue
        treated.add(one.rule)
        # One learning rate is enough: what two illnesses say of it often contradicts.
        is_second = made is not None and _changes_optimizer(made.candidate) and _changes_optimizer(one.candidate)
        if not is_second:
            made = one if made is None else _both(job, made, one) or made
    if made is not None and len(made.remedies) > 1:
        yield made


def _changes_optimizer(candidate: Candidate) -> bool:
    return any(str(one["path"]).startswith("/training/optimizer") for one in candidate.patch)


def _singles(job: CoachedJob, findings: Sequence[Finding]) -> Iterator[_Changed]:
    """Remedies of alarms ahead of those of hints, of causes ahead of symptoms, the first of each ahead of others.

    More epochs come last: they take so many of the budget that all others race for less.
    """
    hint = SEVERITIES[-1]
    ranked = sorted(
        (
            (remedy.technique == MoreEpochs.NAME, finding.severity == hint, not finding.is_cause, place, rank)
            for rank, finding in enumerate(findings)
            for place, remedy in enumerate(finding.remedies)
        )
    )
    for *_, place, rank in ranked:
        remedy = _bounded(job, findings[rank].remedies[place])
        changed = None if remedy is None else _changed(job, (), remedy, findings[rank].found.rule)
        if changed is not None:
            yield changed


def _bounded(job: CoachedJob, remedy: Remedy) -> Remedy | None:
    """The remedy, with no more epochs than there can be."""
    most = min(int(MOST_TIMES_LONGER * job.spec.training.epochs), MAX_EPOCHS)
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
        made = _both(job, changed[one], changed[other])
        if made is not None:
            yield made


def _both(job: CoachedJob, first: _Changed, second: _Changed) -> _Changed | None:
    """The remedy of the second, made for what the first made; None if it does not apply there."""
    remedy = second.remedies[0]
    return _added(job, first, remedy.technique, remedy.parameters)


def _added(job: CoachedJob, made: _Changed, name: str, parameters: Mapping[str, Any]) -> _Changed | None:
    """One technique more; None if it does not apply."""
    technique = BY_NAME[name]
    move = applied(technique, made.job, dict(parameters))
    if isinstance(move, NotApplicable):
        return None
    added = Remedy(technique.TITLE, move.reason, technique.NAME, move.patch, parameters)
    return _changed(job, made.remedies, added, made.rule)


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
