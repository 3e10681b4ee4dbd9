"""What a finding measured beside its threshold, in every unit; what a job says of thresholds; and that a good result
silences every signal."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random

import pytest

from coach.diagnosis import diagnose
from coach.evidence import ColumnsSeen, EpochSeen, Evidence
from coach.findings import Finding, Found
from spec.diagnosis import RULES
from tests.coach.made_evidence import CREEPING, DENSE, LEARNED, STUCK, evidence, layers, spec
from tests.coach.rule_cases import CASES, HEALTHY_LOOKING, ZEROS, every, sgd
from tests.wording import faults_of_sentence

_ALL = ("dense", "dense_1", "dense_2")
_DROPPED = [DENSE, {"type": "Dropout", "rate": 0.45}] * 3
_ADAMW = {"type": "AdamW", "learning_rate": 0.01, "weight_decay": 10.0}

OTHER_CRITERIA: Mapping[str, tuple[str, Evidence]] = {
    "weights that a few epochs blew up": (
        "learning_rate_too_high",
        evidence(spec(**sgd(3.0)), **STUCK, signals=every(_ALL, weight_norm=300.0, update_ratio=1e-3)),
    ),
    "a rate far above the usual one": ("learning_rate_too_high", evidence(spec(**sgd(3.0)), **STUCK)),
    "a step before the loss diverged": (
        "learning_rate_too_high",
        evidence(spec(), [2.3, 9.0, math.nan], [0.1] * 3, signals=every(_ALL, update_ratio=0.05)),
    ),
    "a rate before the loss diverged": (
        "learning_rate_too_high",
        evidence(spec(**sgd(0.1)), [2.3, 9.0, math.nan], [0.1] * 3),
    ),
    "weights that are all alike": ("poor_initialization", evidence(spec(layers(ZEROS, ZEROS)), **STUCK)),
    "a rate far below the usual one": ("learning_rate_too_low", evidence(spec(**sgd(1e-4)))),
    "several layers that drop units": ("too_much_dropout", evidence(spec(layers(*_DROPPED)), **STUCK)),
    "few steps": ("too_few_epochs", evidence(spec(epochs=2), [2.31, 2.3], [0.1, 0.1])),
    "a decay": (
        "too_much_regularization",
        evidence(spec(optimizer=_ADAMW), **STUCK, signals=every(_ALL, weight_norm=0.01)),
    ),
    "no model that does better": (
        "label_noise_or_leak",
        evidence(spec(), [2.0] * 3, [0.3] * 3, reference={"linear": 0.3}),
    ),
    "no reference": ("not_learning", replace(evidence(spec(), **STUCK), reference=None)),
    "rows known by heart": (
        "not_learning",
        evidence(spec(), [0.1] * 8, [0.1] * 8, train_score=[1.0] * 8, reference={"linear": 0.11}),
    ),
    "a loss at rest": (
        "not_learning",
        replace(
            _silent := evidence(spec(), **STUCK),
            reference=None,
            epochs=[EpochSeen(row.epoch, {"loss": 2.3}, row.signals) for row in _silent.epochs],
        ),
    ),
}
"""A rule with several criteria, and a job that another one of them shows than that of its unit."""


def found(seen: Evidence, **rules: object) -> dict[str, Finding]:
    """All findings by their rules, with what the job says of rules; a rule that fails fails the test."""

    def fail(rule: str, error: Exception) -> None:
        raise AssertionError(rule) from error

    if rules:
        seen = replace(seen, job=seen.job.look_at({**seen.job.said, "coach": {"rules": rules}}))
    return {one.found.rule: one for one in diagnose(seen, fail)}


def is_beyond(one: Found) -> bool:
    facts = RULES[one.rule]
    assert all(map(math.isfinite, (one.measured, one.threshold))), one
    return one.measured < one.threshold if facts.finds == "below" else one.measured >= one.threshold


@pytest.mark.parametrize("rule", CASES)
def test_what_was_measured_is_compared_with_the_threshold_of_the_job(rule: str) -> None:
    sick, _ = CASES[rule]
    facts, told = RULES[rule], found(sick)[rule].found
    assert told.unit is None
    assert is_beyond(told)
    is_above = facts.finds == "above"
    nearer = (told.measured + facts.least) / 2 if is_above else min(facts.most, abs(told.measured) + 0.1)
    near = max(nearer, facts.least)
    again = found(sick, **{rule: {"threshold": near}})[rule].found
    assert (again.measured, again.threshold) == pytest.approx((told.measured, near))
    beyond = min(facts.most, 1.01 * told.measured) if is_above else max(facts.least, 0.99 * told.measured)
    if beyond != told.measured or not is_above:
        other = found(sick, **{rule: {"threshold": beyond}}).get(rule)
        assert other is None or other.found.measured != told.measured, "another criterion may show it, or other layers"


@pytest.mark.parametrize("why", OTHER_CRITERIA)
def test_another_criterion_has_a_unit_and_a_bound_of_its_own_which_move_with_the_threshold(why: str) -> None:
    rule, sick = OTHER_CRITERIA[why]
    facts, told = RULES[rule], found(sick)[rule].found
    assert told.unit not in {None, facts.unit}
    assert is_beyond(told)
    assert faults_of_sentence(told.explanation) == []
    if rule in {"not_learning", "label_noise_or_leak", "poor_initialization"}:  # they compare the threshold, or none
        return
    lenient = facts.threshold * (1e-4 if facts.finds == "below" else 1e4)
    assert rule not in found(sick, **{rule: {"threshold": max(facts.least, min(facts.most, lenient))}})


def test_a_threshold_says_where_poor_begins() -> None:
    middling = evidence(spec(), [1.2] * 8, [0.7] * 8)
    assert found(middling)["not_learning"].severity == "warning"
    assert "not_learning" not in found(middling, not_learning={"threshold": 0.6})
    told = found(evidence(spec(), **LEARNED), not_learning={"threshold": 1})["not_learning"]
    assert (told.severity, told.found.threshold) == ("warning", 1)


@pytest.mark.parametrize("rule", RULES)
def test_any_threshold_that_can_be_said_is_understood(rule: str) -> None:
    facts = RULES[rule]
    for seen in (*CASES[rule], *(one for name, one in OTHER_CRITERIA.values() if name == rule)):
        for threshold in (facts.least, facts.most, (facts.least + min(facts.most, 100)) / 2):
            told = found(seen, **{rule: {"threshold": threshold}}).get(rule)
            assert told is None or is_beyond(told.found)


def _drawn_signals(random: Random, names: Mapping[str, object]) -> dict[str, dict[str, float]]:
    def size() -> float:
        return random.choice([0.0, 10 ** random.uniform(-12, 8), math.inf])

    return {
        name: {
            "gradient_norm": size(),
            "update_ratio": size(),
            "weight_norm": size(),
            "dead_fraction": random.choice([0.0, random.random(), 1.0]),
            "saturated_fraction": random.choice([0.0, random.random(), 1.0]),
            "non_finite": random.choice([0.0, 3.0]),
        }
        for name in names
    }


def _with_drawn_signals(random: Random, seen: Evidence) -> Evidence:
    assert seen.start is not None
    rows = [EpochSeen(row.epoch, row.metrics, _drawn_signals(random, row.signals)) for row in seen.epochs]
    scale = 10 ** random.uniform(-6, 6)
    columns = dict.fromkeys(seen.start.inputs, ColumnsSeen(-scale, scale, 0.0, scale, scale, scale))
    signals = _drawn_signals(random, seen.start.signals)
    start = replace(
        seen.start, inputs=columns, signals=signals, loss=random.choice([None, 10 ** random.uniform(-3, 9)])
    )
    return replace(seen, epochs=rows, start=start)


def _scored(random: Random, seen: Evidence) -> Evidence:
    """The same job with a score as good as that of the best model, or nearly; its loss runs as it may."""
    reference, start = seen.reference, seen.start
    assert reference is not None
    assert start is not None
    score = reference.guess + random.uniform(0.92, 1.05) * (reference.best - reference.guess)
    told: dict[str, float] = {"accuracy": score, "val_accuracy": score}
    if reference.metric == "r2":
        told = dict.fromkeys(("mse", "val_mse"), (1 - score) * (start.target_deviation or 1) ** 2)
    rows = [
        replace(row, metrics={"loss": random.uniform(0.01, 9), "val_loss": random.uniform(0.01, 9), **told})
        for row in seen.epochs
    ]
    return replace(seen, epochs=rows, failure=None, is_final=random.random() < 0.7)


def _drawn(random: Random) -> Iterator[tuple[str, Evidence]]:
    for name, (sick, other) in CASES.items():
        yield name, _with_drawn_signals(random, sick)
        yield name, _with_drawn_signals(random, other)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_its_signals_a_network_that_does_well_gets_no_alarm(seed: int) -> None:
    random = Random(seed)  # noqa: S311 -- odd signals, no secrets
    hints: set[str] = set()
    for name, seen in _drawn(random):
        told = found(_scored(random, seen))
        assert {rule for rule, one in told.items() if one.severity != "hint"} == set(), name
        hints |= set(told)
    assert len(hints) > 10, "the signals are odd enough"


@pytest.mark.parametrize("seed", range(4))
def test_whatever_its_signals_what_a_finding_measured_lies_beyond_its_threshold(seed: int) -> None:
    random = Random(seed)  # noqa: S311 -- as above
    for name, seen in _drawn(random):
        for one in found(seen).values():
            assert is_beyond(one.found), (name, one)
            assert faults_of_sentence(one.found.explanation) == []


def test_good_results_that_were_made_up_are_told_of_in_hints_that_hold() -> None:
    for seen in (*HEALTHY_LOOKING.values(), evidence(spec(**sgd(1e-6)), **CREEPING)):
        assert all(is_beyond(one.found) for one in found(seen).values())
