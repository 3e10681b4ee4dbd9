"""What rules tell of jobs that are said in unusual ways: phases, odd first weights, epochs that are counted on."""

from dataclasses import replace
from typing import Any

from coach.diagnosis import diagnose
from coach.evidence import Evidence
from coach.findings import Found
from tests.coach.made_evidence import DENSE, TEN, evidence, layers, spec
from tests.coach.rule_cases import CASES


def found(seen: Evidence) -> dict[str, Found]:
    """All findings by their rules; a rule that fails fails the test."""

    def fail(rule: str, error: Exception) -> None:
        raise AssertionError(rule) from error

    return {one.found.rule: one.found for one in diagnose(seen, fail)}


def in_phases(*phases: dict[str, Any], **optimizer: Any) -> Evidence:  # noqa: ANN401 -- fields of an optimizer
    said = spec(optimizer={"type": "SGD", **optimizer}, phases=[{"epochs": 4, **one} for one in phases])
    del said["training"]["epochs"]
    return evidence(said)


def test_rates_are_those_of_the_phases() -> None:
    fine = in_phases({"learning_rate": 0.01}, {"optimizer": {"type": "Adam"}}, learning_rate=1e-8)
    assert found(fine).keys() & {"learning_rate_too_low", "learning_rate_too_high"} == set()
    high = found(in_phases({"learning_rate": 10.0}, {}))["learning_rate_too_high"]
    assert high.measured == 1000
    assert "is 10, and 0.01 is usual for SGD" in high.explanation
    low = found(in_phases({"optimizer": {"type": "Adam", "learning_rate": 1e-7}}))["learning_rate_too_low"]
    assert "is 1e-07, and 0.001 is usual for Adam" in low.explanation


def test_the_sign_of_first_weights_is_no_matter() -> None:
    for gain in (-1000.0, 1000.0):
        hidden = {**DENSE, "kernel_initializer": {"type": "Orthogonal", "gain": gain}}
        told = found(evidence(spec(layers(hidden, output=TEN))))["poor_initialization"]
        assert "larger than those" in told.explanation


def test_without_a_reference_the_way_is_that_to_a_perfect_score() -> None:
    for rule in ("underfitting", "overfitting"):
        told = found(CASES[rule][0])[rule]
        assert told.unit is None
        blind = found(replace(CASES[rule][0], reference=None))[rule]
        assert "from guessing to a perfect score" in (blind.unit or "")
        assert "that is known" not in blind.explanation


def test_overfitting_names_epochs_as_the_job_counts_them() -> None:
    sick = CASES["overfitting"][0]
    later = replace(sick, epochs=[replace(row, epoch=row.epoch + 20) for row in sick.epochs])
    before, told = found(sick)["overfitting"], found(later)["overfitting"]
    assert "was lowest in epoch 3" in before.explanation
    assert "was lowest in epoch 23" in told.explanation
    assert told.epoch == 24
