"""What the rules of the coach find, and what they leave alone."""

import time
from dataclasses import replace

import pytest

from coach.diagnosis import diagnose
from coach.evidence import EpochSeen, Evidence, ReferenceSeen
from coach.findings import Finding
from coach.moves import BY_NAME
from coach.reading.case import Case
from coach.remedies import MOST_REMEDIES, with_remedies
from coach.rules import ALL
from spec.diagnosis import RULES
from spec.language.sections import read_section
from tests.coach.made_evidence import DENSE, LEARNED, STUCK, evidence, layers, spec
from tests.coach.rule_cases import CASES, HEALTHY_LOOKING, sgd
from tests.wording import faults_of_sentence

_NEVER_MORE_THAN_HINTS = {"underfitting", "label_noise_or_leak"}


def found(seen: Evidence) -> list[Finding]:
    """All findings; a rule that fails fails the test."""

    def fail(rule: str, error: Exception) -> None:
        raise AssertionError(rule) from error

    return diagnose(seen, fail)


def found_of(seen: Evidence) -> dict[str, str]:
    """The gravity of each finding, by its rule."""
    return {one.found.rule: one.severity for one in found(seen)}


def alarms(seen: Evidence) -> set[str]:
    return {one.found.rule for one in found(seen) if one.severity != "hint"}


def test_there_is_a_rule_for_every_name() -> None:
    assert [rule.NAME for rule in ALL] == list(RULES) == list(CASES)
    assert all(rule.SOURCE for rule in ALL)


def test_no_illness_brings_about_itself() -> None:
    causes = {rule.NAME: set(rule.CAUSES) for rule in ALL}
    assert set().union(*causes.values()) <= set(RULES)
    while free := {name for name, symptoms in causes.items() if not symptoms & causes.keys()}:
        causes = {name: symptoms for name, symptoms in causes.items() if name not in free}
    assert causes == {}, "a circle"


def test_every_illness_may_be_why_a_network_does_not_learn() -> None:
    direct = {rule.NAME: rule.CAUSES for rule in ALL}
    silent = {name for name, symptoms in direct.items() if "not_learning" not in symptoms}
    assert silent == {"not_learning", "label_noise_or_leak"}


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_finds_its_illness_and_leaves_what_looks_like_it(rule: str) -> None:
    sick, other = CASES[rule]
    findings = {one.found.rule: one for one in found(sick)}
    assert rule in findings
    assert (findings[rule].severity == "hint") == (rule in _NEVER_MORE_THAN_HINTS)
    assert findings[rule].found.threshold == RULES[rule].threshold
    if rule in _NEVER_MORE_THAN_HINTS:
        assert rule not in {one.found.rule for one in found(other)}
    else:
        assert rule not in alarms(other)
    for one in (*findings.values(), *found(other)):
        assert faults_of_sentence(one.found.explanation) == []
        # A cause quotes what simple models reach, beside its own two sentences.
        assert one.found.explanation.count(". ") in {1, 2, 3}


@pytest.mark.parametrize("rule", CASES)
def test_a_job_can_leave_a_rule_out(rule: str) -> None:
    sick, _ = CASES[rule]
    said = {**sick.job.said, "coach": {"rules": {rule: False}}}
    job = sick.job.look_at(said)
    assert rule not in {one.found.rule for one in found(replace(sick, job=job))}


@pytest.mark.parametrize("why", HEALTHY_LOOKING)
def test_a_network_that_learns_well_gets_no_alarm(why: str) -> None:
    assert alarms(HEALTHY_LOOKING[why]) == set()


def test_what_only_the_spec_shows_is_a_hint() -> None:
    sent = evidence(spec(layers(DENSE, DENSE), {"name": "digits", "scaling": "none"}, loss="mse", **sgd(1e-9)))
    findings = {one.found.rule: one.severity for one in found(sent)}
    assert findings == {"unscaled_inputs": "hint", "wrong_loss": "hint", "learning_rate_too_low": "hint"}


def test_causes_come_ahead_of_their_symptoms() -> None:
    raw = spec(
        layers(*[{"type": "Dense", "units": 32, "activation": "tanh"}] * 2), {"name": "digits", "scaling": "none"}
    )
    signals = {"dense": {"saturated_fraction": 0.99, "gradient_norm": 1e-5}}
    findings = found(evidence(raw, **STUCK, scale=100.0, signals=signals))
    assert next(one.found.rule for one in findings) == "unscaled_inputs"
    explained = {one.found.rule: one.explained_by for one in findings}
    assert explained == {
        "unscaled_inputs": None,
        "saturated_activations": "unscaled_inputs",
        "vanishing_gradients": "unscaled_inputs",
        "not_learning": "unscaled_inputs",
        "underfitting": "unscaled_inputs",
    }


def test_a_cause_that_is_only_suspected_still_comes_ahead_of_what_it_explains() -> None:
    findings = found(CASES["oscillating_loss"][0])
    assert [(one.found.rule, one.severity, one.is_cause) for one in findings][:2] == [
        ("oscillating_loss", "warning", True),
        ("not_learning", "error", False),
    ]


def test_epochs_say_from_when_to_when() -> None:
    dead = {one.found.rule: one.found for one in found(CASES["dead_units"][0])}["dead_units"]
    assert (dead.layer, dead.epoch, dead.last_epoch, dead.measured) == ("dense", 3, 8, 1.0)


def test_large_gradients_explain_nothing_where_steps_do_not_grow_with_them() -> None:
    sick, _ = CASES["exploding_gradients"]
    adam = sick.job.look_at({**sick.job.said, "training": spec()["training"]})
    assert found_of(replace(sick, job=adam))["exploding_gradients"] == "hint"


def test_short_steps_are_no_fault_of_a_usual_rate_where_hardly_a_gradient_comes_back() -> None:
    short = {"update_ratio": 1e-6}
    for blocked in ({"dead_fraction": 1.0}, {"saturated_fraction": 1.0}, {"gradient_norm": 1e-6}):
        signals = {"dense": {**short, **blocked}, "dense_1": short, "dense_2": short}
        usual = found_of(evidence(spec(**sgd(0.02)), **STUCK, signals=signals))
        assert "learning_rate_too_low" not in usual
        assert "learning_rate_too_low" in found_of(evidence(spec(**sgd(1e-5)), **STUCK, signals=signals))


def test_a_network_that_knows_its_training_rows_had_steps_enough() -> None:
    sick, _ = CASES["overfitting"]
    for training in (spec(batch_size=1024), spec(**sgd(1e-6))):
        other = sick.job.look_at({**sick.job.said, "training": training["training"]})
        assert set(found_of(replace(sick, job=other))) == set(found_of(sick))


def test_a_network_that_says_only_the_commonest_class_is_poor_even_if_no_model_is_better() -> None:
    job, _ = CASES["class_imbalance"]
    said = replace(job, reference=ReferenceSeen("accuracy", 0.95, {"linear": 0.95}))
    assert found_of(replace(said, evaluated={"accuracy": 0.95}))["class_imbalance"] == "hint"
    rare = replace(said, evaluated={"accuracy": 0.95, "balanced_accuracy": 0.52})
    told = found(rare)[0]
    assert (told.found.rule, told.severity, told.found.measured) == ("class_imbalance", "error", 19)
    assert faults_of_sentence(told.found.explanation) == []
    found_rare = replace(said, evaluated={"accuracy": 0.95, "balanced_accuracy": 0.8})
    assert found_of(found_rare) == {"label_noise_or_leak": "hint"}
    off = rare.job.look_at({**rare.job.said, "coach": {"rules": {"class_imbalance": False}}})
    assert alarms(replace(rare, job=off)) == set()


def test_a_training_of_one_epoch_is_judged_by_the_loss_that_it_began_with() -> None:
    one = evidence(spec(epochs=1), [1.4], [0.5])
    assert "fell by 40% in each epoch" in {f.found.rule: f.found.explanation for f in found(one)}["too_few_epochs"]
    assert "too_few_epochs" not in found_of(evidence(spec(epochs=1), [2.5], [0.1]))


def test_a_loss_that_jumps_does_not_still_fall() -> None:
    jumping = [3.0, 2.9, 3.0, 2.9, 3.0, 2.8, 3.0, 2.5, 2.9, 2.4]
    assert "too_few_epochs" not in found_of(evidence(spec(epochs=10), jumping, [0.3] * 10))


def test_a_threshold_of_the_job_is_the_one_that_counts() -> None:
    sick, _ = CASES["dead_units"]
    signals = {"dense": {"dead_fraction": 0.3}}
    assert "dead_units" not in alarms(evidence(sick.job.said, **STUCK, signals=signals))
    said = {**sick.job.said, "coach": {"rules": {"dead_units": {"threshold": 0.2}}}}
    assert "dead_units" in alarms(evidence(said, **STUCK, signals=signals))


def test_a_training_that_may_still_learn_gets_no_alarm() -> None:
    early = replace(evidence(spec(epochs=100), **STUCK), is_final=False)
    assert alarms(early) == set()
    late = replace(evidence(spec(epochs=20), **STUCK), is_final=False)
    assert "not_learning" in alarms(late)


def test_a_job_without_a_telling_metric_is_judged_by_its_loss() -> None:
    rows = [replace(row, metrics={"loss": 2.3, "val_loss": 2.3}) for row in evidence(spec(), **STUCK).epochs]
    stuck = replace(evidence(spec(), **STUCK), epochs=rows, reference=None)
    assert alarms(stuck) == {"not_learning"}
    rows = [replace(row, metrics={"loss": 0.3, "val_loss": 0.4}) for row in rows]
    assert alarms(replace(stuck, epochs=rows)) == set()


def test_the_score_that_a_job_was_given_counts_more_than_its_last_epoch() -> None:
    assert "not_learning" in alarms(replace(evidence(spec(), **LEARNED), evaluated={"accuracy": 0.15}))
    assert alarms(replace(evidence(spec(), **STUCK), evaluated={"accuracy": 0.94})) == set()
    silent = [replace(row, metrics={"loss": row.metrics["loss"]}) for row in evidence(spec(), **LEARNED).epochs]
    assert alarms(replace(evidence(spec(), **LEARNED), epochs=silent, evaluated={"accuracy": 0.94})) == set()


def test_a_cause_quotes_what_simple_models_reach_and_a_symptom_does_not() -> None:
    sick = evidence(spec(), **STUCK, scale=300.0, reference={"logistic_regression": 0.93})
    told = {one.found.rule: one.found.explanation for one in found(replace(sick, evaluated={"accuracy": 0.41}))}
    quote = "Validation accuracy 0.41; always guessing the commonest class gives 0.10, a logistic regression 0.93."
    assert told["unscaled_inputs"].endswith(quote)
    assert told["not_learning"].count("0.93") == 1
    assert "logistic regression" not in found(replace(sick, reference=None))[0].found.explanation
    healthy = found(replace(sick, evaluated={"accuracy": 0.94}))
    assert all("logistic regression" not in one.found.explanation for one in healthy)


def test_rows_known_by_heart_are_an_illness_even_where_no_simple_model_does_better_than_guessing() -> None:
    sick, _ = CASES["overfitting"]
    rows = [replace(row, metrics={**row.metrics, "val_accuracy": 0.55}) for row in sick.epochs]
    reference = ReferenceSeen("accuracy", 0.6, {"linear": 0.61})
    assert alarms(replace(sick, epochs=rows, reference=reference)) == {"overfitting", "not_learning"}


def test_prescriptions_name_techniques_and_their_parameters() -> None:
    for rule in ALL:
        assert rule.REMEDIES or rule.NAME == "label_noise_or_leak", rule.NAME
        for one in rule.REMEDIES:
            read = read_section(BY_NAME[one.technique].PARAMETERS, dict(one.parameters), at=())
            assert read.faults == [], (rule.NAME, one.technique)
            assert faults_of_sentence(one.reason) == []


@pytest.mark.parametrize("rule", [name for name in CASES if name not in _NEVER_MORE_THAN_HINTS])
def test_there_is_something_to_do_about_it(rule: str) -> None:
    sick, _ = CASES[rule]
    findings = with_remedies(sick.job, found(sick))
    patches = [str(remedy.patch) for one in findings for remedy in one.remedies]
    assert patches
    assert len(patches) == len(set(patches))
    assert all(len(one.remedies) <= MOST_REMEDIES for one in findings)
    first = next(remedy for one in findings for remedy in one.remedies)
    assert faults_of_sentence(first.reason) == []


def test_a_long_training_of_a_deep_network_is_diagnosed_at_once() -> None:
    deep = evidence(spec(layers(*[DENSE] * 49), epochs=1000), **LEARNED)
    row = deep.epochs[-1]
    rows = [EpochSeen(number, row.metrics, row.signals) for number in range(1, 1001)]
    long = replace(deep, epochs=rows)
    began = time.process_time()
    found(long)
    assert time.process_time() - began < 0.25
    assert len(Case(long).rows) < 100
