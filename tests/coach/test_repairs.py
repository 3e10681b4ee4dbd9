"""What a repair does, by made findings and scores: what is tried, for how long, and what counts as better."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import pytest

from coach.coached_job import CoachedJob, coached_job
from coach.evidence import EpochSeen, Evidence, ReferenceSeen, StartSeen
from coach.findings import Finding, Found, Remedy
from coach.moves import BY_NAME, applied, moved
from coach.outcomes import Move
from coach.reading.scores import epoch_left
from coach.repairs.candidates import candidates
from coach.repairs.decision import Decision, decide
from coach.repairs.objective import Objective, objective_of
from coach.repairs.plan import Plan, child_spec, plan_of
from coach.repairs.race import Begin, End, Promote, Start, Step, Trial, Wait, next_step
from coach.repairs.recipes import RECIPES
from coach.repairs.rungs import BUDGET, cost, rungs
from coach.repairs.sickness import is_undecided, repair_of
from spec.datasets.built_in import built_in_facts
from spec.training.training import MAX_EPOCHS
from tests.api.specs import digits

SEEN = {"loss": 2.3, "accuracy": 0.1, "val_loss": 2.3, "val_accuracy": 0.1}
Scores: TypeAlias = dict[tuple[int | None, int], list[float | None]]
START = StartSeen(inputs={}, class_rows=(60, 40), loss=2.5)


def job_of(said: dict[str, Any]) -> CoachedJob:
    return coached_job(said, facts_of=built_in_facts, max_memory_bytes=2**30)


def sick(epochs: int = 10, coach: dict[str, Any] | None = None, **training: object) -> CoachedJob:
    """A deep network of sigmoids with a learning rate that is far too high."""
    said = digits()
    optimizer = {"type": "SGD", "learning_rate": 10}
    said["training"] |= {"epochs": epochs, "seed": 2**32 - 1, "optimizer": optimizer, **training}
    hidden = [{"type": "Dense", "units": 20, "activation": "sigmoid"} for _ in range(4)]
    said["network"]["layers"][1:1] = hidden
    return job_of({**said, "coach": {"repair": True, **(coach or {})}})


def finding(job: CoachedJob, rule: str, *techniques: str, is_cause: bool = True) -> Finding:
    remedies: list[Remedy] = []
    for name in techniques:
        move = applied(BY_NAME[name], job)
        assert isinstance(move, Move)
        remedies.append(Remedy(BY_NAME[name].TITLE, move.reason, name, move.patch))
    return Finding(Found(rule, "error", 1, 0.5, "It is so."), "error", is_cause=is_cause, remedies=remedies)


TITLES = {recipe.title for recipe in RECIPES}


def remedies_of(job: CoachedJob, findings: Sequence[Finding], most: int = 6) -> list[list[str]]:
    """The techniques of all that is tried, but for the sound setups."""
    return [list(one.techniques) for one in candidates(job, findings, most) if one.title not in TITLES]


def plan(race: int = 4, repeats: int = 3, original: float | None = None, *, is_trained: bool = False) -> Plan:
    """A plan of so many candidates, of which nothing but their number matters."""
    job = sick(epochs=20, coach={"repeats": repeats})
    found = candidates(job, [finding(job, "learning_rate_too_high", "lower_learning_rate")], 1) * race
    objective = Objective("val_accuracy", "maximize", 0.1)
    return Plan(objective, found, rungs(race, 20, 20), list(range(repeats)), is_trained, original)


def played(repair: Plan, scores: Scores) -> tuple[End, list[Step], list[Trial]]:
    """A repair whose jobs have these scores: of each candidate and seed one a rung."""
    trials: list[Trial] = []
    steps: list[Step] = []
    while True:
        step = next_step(repair, trials)
        steps.append(step)
        if isinstance(step, End):
            return step, steps, trials
        assert not isinstance(step, Wait)
        if isinstance(step, Begin):
            trials += [Trial(len(trials) + number, start) for number, start in enumerate(step.starts)]
        else:
            for number in (*step.best, *step.others):
                is_out = number in step.others
                start = trials[number].start
                trials[number] = replace(
                    trials[number], is_out=is_out, start=start if is_out else replace(start, rung=step.rung)
                )
        under_way = [replace(trial, is_under_way=not trial.is_out) for trial in trials]
        assert next_step(repair, under_way) == Wait()
        for number, trial in enumerate(trials):
            told = scores[trial.start.candidate, trial.start.seed]
            if not trial.is_out:
                trials[number] = replace(trial, score=told[min(trial.start.rung, len(told) - 1)])


@pytest.mark.parametrize("longest", [1.0, 1.5])
def test_a_race_keeps_to_the_budget_and_its_best_trains_to_the_end(longest: float) -> None:
    for epochs in (*range(1, 13), 20, 99):
        most = max(int(longest * epochs), 1)
        for count in (1, 2, 3, 4, 5, 6, 9, 32):
            race = rungs(count, epochs, most)
            assert 0 < cost(race, most) <= BUDGET * epochs
            assert race[0].candidates <= count
            assert race[-1].epochs is None
            sizes = [rung.candidates for rung in race]
            assert sizes == sorted(sizes, reverse=True)
            ends = [rung.epochs or 0 for rung in race[:-1]]
            assert ends == sorted(set(ends))
    assert [(rung.candidates, rung.epochs) for rung in rungs(6, 12, 12)] == [(6, 1), (3, 3), (2, 6), (1, None)]
    # Where there is room for them, all are tried.
    assert {rungs(count, 100, 100)[0].candidates for count in (1, 5, 32)} == {1, 5, 32}
    assert rungs(3, 4, 9) == []


def test_setups_and_all_remedies_at_once_are_tried_ahead_of_single_ones_and_causes_ahead_of_symptoms() -> None:
    job = sick()
    cause = finding(job, "learning_rate_too_high", "lower_learning_rate", "adam", "gradient_clipping")
    symptom = finding(job, "saturated_activations", "relu", "batch_normalization", is_cause=False)
    tried = candidates(job, [symptom, cause], 6)
    setups = [place for place, one in enumerate(tried) if one.title in TITLES]
    assert setups == [0, 3]
    assert remedies_of(job, [symptom, cause]) == [
        ["lower_learning_rate", "relu", "early_stopping"],
        ["lower_learning_rate"],
        ["adam"],
        ["lower_learning_rate", "batch_normalization"],
    ]
    assert [one.title in TITLES for one in candidates(job, [symptom, cause], 1)] == [True]
    # Two illnesses that both ask for another learning rate get the rate of the first.
    other = finding(job, "not_learning", "adam", "relu")
    rate = finding(job, "learning_rate_too_high", "lower_learning_rate")
    dead = finding(job, "dead_units", "leaky_relu", is_cause=False)
    assert remedies_of(job, [rate, other, dead])[0] == [
        "lower_learning_rate",
        "leaky_relu",
        "early_stopping",
    ]
    # With few remedies there are more pairs; with no pairs, more remedies.
    few = [one for one in candidates(job, [finding(job, "not_learning", "relu", "adam")], 6) if one.title not in TITLES]
    assert [one.techniques for one in few] == [["relu"], ["adam"], ["relu", "adam"]]
    assert few[2].title == "ReLU in place of activations that saturate + Adam"
    pair = moved(job.said, Move(few[2].patch, ""))
    assert (pair["network"]["layers"][1]["activation"], pair["training"]["optimizer"]["type"]) == ("relu", "Adam")


def test_a_setup_replaces_all_that_is_odd_at_once_and_leaves_what_is_sound() -> None:
    said = sick(epochs=20, batch_size=256).said
    blind = {"type": "RandomNormal", "stddev": 5}
    odd = {"kernel_initializer": blind, "kernel_regularizer": {"type": "L1", "l1": 0.5}}
    layers = [{**layer, **odd} if layer.get("units") == 20 else layer for layer in said["network"]["layers"]]
    layers.insert(2, {"type": "Dropout", "rate": 0.8})
    job = job_of({**said, "dataset": {"name": "digits", "scaling": "none"}, "network": {"layers": layers}})
    wide, normalized = candidates(job, [], 2)
    spec = job.look_at(moved(job.said, Move(wide.patch, ""))).spec
    training = spec.training
    assert wide.epochs == training.epochs == 20
    steps = 20 * -(-int(1797 * (1 - (training.validation_split or 0))) // training.batch_size)
    assert steps >= 3000 > steps / 2
    rate = moved(job.said, Move(wide.patch, ""))["training"]["optimizer"]
    assert rate == {"type": "Adam", "learning_rate": pytest.approx(6 / steps, rel=0.01)}
    dense = [one for one in moved(job.said, Move(wide.patch, ""))["network"]["layers"] if one["type"] == "Dense"]
    assert [(one["units"], one["activation"], one["kernel_initializer"]) for one in dense[:-1]] == [
        (128, "relu", "he_normal")
    ] * 3
    assert {one["kernel_regularizer"]["l1"] for one in dense[:-1]} == {1e-5}
    assert "scale_inputs" in wide.techniques
    # The other one keeps the shape.
    kept = [one["units"] for one in moved(job.said, Move(normalized.patch, ""))["network"]["layers"] if "units" in one]
    assert kept == [20, 20, 20, 20, 16, 10]
    assert "batch_normalization" in normalized.techniques
    # What a setup made is sound: there is nothing left to change.
    again = candidates(job_of({**moved(job.said, Move(wide.patch, "")), "coach": {"repair": True}}), [], 6)
    assert [one.techniques for one in again if "batch_normalization" not in one.techniques] == []


def test_the_same_job_is_tried_once_and_the_original_never() -> None:
    job = sick()
    one = finding(job, "learning_rate_too_high", "adam")
    assert remedies_of(job, [one, replace(one, found=replace(one.found, rule="not_learning"))]) == [["adam"]]
    nothing = Remedy("Nothing", "", "adam", [{"op": "replace", "path": "/training/epochs", "value": 10}])
    faulty = Remedy("Faulty", "", "adam", [{"op": "replace", "path": "/training/epochs", "value": -1}])
    assert remedies_of(job, [replace(one, remedies=[nothing, faulty])]) == []


def test_no_candidate_trains_for_longer_than_the_budget_allows() -> None:
    job = sick(epochs=10)
    longer = Remedy("Longer", "", "adam", [{"op": "replace", "path": "/training/epochs", "value": 16}])
    found = finding(job, "too_few_epochs", "more_epochs", "relu")
    made = candidates(job, [replace(found, remedies=[longer, *found.remedies])], 6)
    remedies = [(list(one.techniques), one.epochs) for one in made if one.title not in TITLES]
    # More epochs come last, since they leave less for all others.
    assert remedies == [(["relu"], 10), (["more_epochs"], 15), (["relu", "more_epochs"], 15)]
    repair = plan_of(Evidence(job, [EpochSeen(1, SEEN)], START), [found], is_stopped=True)
    assert cost(repair.race, 15) <= 20
    assert repair.race[0].candidates == len(repair.candidates) == len(made)


@pytest.mark.parametrize("epochs", [1, 80_000, MAX_EPOCHS])
def test_jobs_of_any_length_can_be_repaired(epochs: int) -> None:
    """What depends on the length stays within what techniques take."""
    job = sick(epochs=epochs)
    longer = Remedy("Longer", "", "more_epochs", [])
    found = finding(job, "too_few_epochs", "relu")
    made = candidates(job, [replace(found, remedies=[longer, *found.remedies])], 6)
    assert {one.title for one in made} > TITLES
    assert max(one.epochs for one in made) <= MAX_EPOCHS


def test_losses_that_mean_something_else_are_not_compared() -> None:
    job = sick(metrics=[])
    found = finding(job, "overfitting", "l2_regularization", "adam")
    seen = {name: value for name, value in SEEN.items() if "accuracy" not in name}
    repair = plan_of(Evidence(job, [EpochSeen(1, seen)], START), [found], is_stopped=False)
    assert repair.objective == Objective("val_loss", "minimize", 2.5)
    assert [one.techniques for one in repair.candidates if one.title not in TITLES] == [["adam"]]
    penalized = {**job.said, "network": {"layers": [*job.said["network"]["layers"]]}}
    penalized["network"]["layers"][-1] |= {"kernel_regularizer": {"type": "L2", "l2": 1.0}}
    kept = candidates(job_of(penalized), [], 2, is_loss_kept=True)
    assert kept
    assert not any("less_regularization" in one.techniques for one in kept)


def test_the_plan_is_kept_as_json_and_knows_how_the_original_did() -> None:
    job = sick(coach={"max_jobs": 3, "repeats": 2})
    found = [finding(job, "learning_rate_too_high", "adam", "lower_learning_rate", "relu", "elu")]
    epochs = [EpochSeen(1, SEEN), EpochSeen(2, {**SEEN, "val_accuracy": 0.2})]
    repair = plan_of(Evidence(job, epochs, START, is_final=True), found, is_stopped=False)
    assert Plan.of(json.loads(json.dumps(repair.told()))) == repair
    assert (len(repair.candidates), repair.seeds) == (3, [2**32 - 1, 0])
    assert (repair.objective, repair.original_score) == (Objective("val_accuracy", "maximize", 0.6), 0.2)
    stopped = plan_of(Evidence(job, epochs, START, is_final=True), found, is_stopped=True)
    assert (stopped.is_original_trained, stopped.original_score) == (False, None)
    lost = [*epochs, EpochSeen(3, {**SEEN, "loss": math.nan})]
    diverged = plan_of(Evidence(job, lost, START, is_final=True, failure="diverged"), found, is_stopped=True)
    assert (diverged.is_original_trained, diverged.original_score) == (True, None)
    assert next_step(plan_of(Evidence(job), found, is_stopped=True), []) == End(None, Decision())


def test_a_job_of_whose_rows_no_reference_is_known_is_repaired_if_it_is_far_from_a_perfect_score() -> None:
    job = sick()

    def plan_at(accuracy: float, best: float | None = None) -> Plan | None:
        epochs = [EpochSeen(epoch, {**SEEN, "val_accuracy": accuracy, "val_loss": 1 / epoch}) for epoch in (1, 2, 3)]
        reference = None if best is None else ReferenceSeen("accuracy", 0.6, {"logistic_regression": best})
        evidence = Evidence(job, epochs, START, reference, is_final=True)
        return repair_of(evidence, [finding(job, "not_learning", "relu")], is_stopped=False)

    # Always guessing is right for 0.6 of the rows: of the way to 1 these are 0.65 and 0.8.
    assert plan_at(0.86) is not None
    assert plan_at(0.92) is None
    assert plan_at(0.86, best=0.87) is None
    assert plan_at(0.86, best=0.99) is not None


@pytest.mark.parametrize(("accuracy", "is_waiting"), [(0.86, True), (0.92, True), (0.95, False)])
def test_what_does_well_whatever_simple_models_reach_waits_for_none(accuracy: float, *, is_waiting: bool) -> None:
    epochs = [EpochSeen(epoch, {**SEEN, "val_accuracy": accuracy, "val_loss": 1 / epoch}) for epoch in (1, 2, 3)]
    assert is_undecided(Evidence(sick(), epochs, START, is_final=True), [], is_stopped=False) is is_waiting


@pytest.mark.parametrize(
    ("monitored", "best"),
    [
        ({"monitor": "val_loss"}, 1),
        ({"monitor": "val_accuracy"}, 2),
        ({"monitor": "val_accuracy", "mode": "min"}, 0),
        ({"monitor": "val_right"}, 2),  # of which only the metric knows that it should rise
    ],
)
def test_the_best_epoch_is_that_of_the_callback(monitored: dict[str, str], best: int) -> None:
    callback = {"type": "EarlyStopping", "restore_best_weights": True, **monitored}
    job = sick(callbacks=[callback], metrics=["accuracy", {"type": "SparseCategoricalAccuracy", "name": "right"}])
    rising = {name: [0.1, 0.2, 0.3] for name in ("val_accuracy", "val_right")}
    told = {**rising, "val_loss": [2.0, 1.0, 3.0]}
    epochs = [{name: values[place] for name, values in told.items()} for place in range(3)]
    assert epoch_left(job.spec, epochs) == best


def test_a_child_is_not_repaired_itself() -> None:
    said = {"coach": {"repair": True, "repeats": 2, "max_jobs": 3, "signals": False}, "training": {"seed": 1}}
    assert child_spec(said, said, 5) == {"coach": {"signals": False}, "training": {"seed": 5}}
    assert child_spec({"coach": {"repair": True}}, {"training": {}}, 5) == {"training": {"seed": 5}}


def test_objectives() -> None:
    job = sick()
    squared = {"loss": 1.0, "mean_squared_error": 0.5, "val_mean_squared_error": 0.7}
    start = StartSeen(inputs={}, target_deviation=3.0)
    objective = objective_of(Evidence(job, [EpochSeen(1, squared)], start))
    assert objective is not None
    assert objective == Objective("val_mean_squared_error", "minimize", 9.0)
    assert objective.best_first([(0, 0.5), (1, None), (2, 0.3), (3, 0.3)]) == [2, 3, 0, 1]
    assert objective.worst([0.5, None]) == 9.0
    assert objective.worst([11.0]) == 11.0
    assert objective_of(Evidence(job, [EpochSeen(1, {"accuracy": 0.5})], None)) == Objective(
        "accuracy", "maximize", 0.0
    )
    rows = [{"val_loss": loss, "val_accuracy": 1 - loss} for loss in (0.5, 0.2, 0.4)]
    accuracy = Objective("val_accuracy", "maximize")
    assert accuracy.score(job.spec, rows) == 0.6
    assert accuracy.score(job.spec, rows, 1) == 0.5
    restoring = sick(callbacks=[{"type": "EarlyStopping", "restore_best_weights": True}])
    assert (accuracy.score(restoring.spec, rows), accuracy.score(restoring.spec, rows, 3)) == (0.8, 0.6)
    assert accuracy.score(job.spec, [{"val_accuracy": math.nan}]) is None


def test_half_of_the_candidates_go_on_and_the_best_is_confirmed_on_the_same_seeds() -> None:
    repair = plan(4)
    scores: Scores = {
        (0, 0): [0.3],
        (1, 0): [0.5, 0.6, 0.8],
        (2, 0): [None],
        (3, 0): [0.5, 0.5],
        **{(1, seed): [0.8 + seed / 100] for seed in (1, 2)},
        **{(None, seed): [0.1] for seed in range(3)},
    }
    end, steps, trials = played(repair, scores)
    assert steps[:3] == [
        Begin([Start(number, 0, 0) for number in range(4)]),
        Promote([1, 3], [0, 2], 1),
        Promote([1], [3], 2),
    ]
    confirming = [Start(None, 0, 2), Start(1, 1, 2), Start(None, 1, 2), Start(1, 2, 2), Start(None, 2, 2)]
    assert steps[3:] == [Begin(confirming), end]
    assert (end.chosen, end.decision.is_better) == (1, True)
    assert end.decision.gain == pytest.approx(0.71)
    assert len(trials) == 9
    # What is trained already is not trained again.
    _, steps, _ = played(replace(repair, is_original_trained=True, original_score=0.1), scores)
    assert steps[3] == Begin(confirming[1:])


def test_what_fails_everywhere_chooses_nothing() -> None:
    failed: Scores = {(number, 0): [None] for number in range(4)}
    assert played(plan(4), failed)[0] == End(None, Decision())
    assert played(plan(2), failed)[0] == End(None, Decision())


def test_what_is_no_better_on_the_first_seed_is_not_confirmed() -> None:
    trained = plan(2, original=0.9, is_trained=True)
    end, steps, _ = played(trained, {(0, 0): [0.7], (1, 0): [0.8]})
    assert len(steps) == 2
    assert (end.chosen, end.decision.is_better, end.decision.interval) == (1, False, None)
    assert end.decision.gain == pytest.approx(-0.1)


def test_a_training_that_diverged_is_the_worst_and_one_that_was_lost_tells_nothing() -> None:
    repair = plan(1, is_trained=True)
    scores: Scores = {
        **{(0, seed): [0.9] for seed in range(3)},
        **{(None, seed): [None] for seed in range(3)},
    }
    end, _, trials = played(repair, scores)
    assert (end.decision.gain, end.decision.is_better) == (pytest.approx(0.8), True)
    assert len(trials) == 5
    cancelled = [replace(trial, is_lost=trial.start.candidate is None) for trial in trials]
    only = next_step(repair, cancelled)
    assert isinstance(only, End)
    assert (only.decision.interval, only.decision.is_better) == (None, False)


def test_decisions() -> None:
    assert decide([]) == Decision()
    # One seed is never sure.
    assert decide([0.5]) == Decision(0.5)
    better = decide([0.1, 0.2, 0.3])
    assert better.interval == pytest.approx(
        (0.2 - 4.303 * 0.1 / math.sqrt(3), 0.2 + 4.303 * 0.1 / math.sqrt(3)), abs=1e-9
    )
    assert not better.is_better
    assert decide([0.19, 0.2, 0.21]).is_better
    assert not decide([-0.19, -0.2, -0.21]).is_better
    assert not decide([0.0, 0.0]).is_better
    assert decide([0.1] * 10).is_better
