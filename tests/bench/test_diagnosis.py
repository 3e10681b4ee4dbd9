"""How the coach is judged: draws, labels, and what is counted. Nothing is trained."""

import math
from pathlib import Path

import pytest

from bench.diagnosis.diagnosers import DIAGNOSERS, coach_as_run
from bench.diagnosis.draws import draw
from bench.diagnosis.evaluation import Said, Share, judge_cases, judge_draw
from bench.diagnosis.labels import Label, Scores, best_scores, label_of, labelled, scores_of
from bench.diagnosis.lines import Line, append, kept, read
from bench.diagnosis.named_cases import our_cases
from bench.diagnosis.page import balance, repair_rows, table
from bench.diagnosis.peers.autotrainer import autotrainer
from bench.diagnosis.peers.debugger import debugger
from bench.diagnosis.random_remedies import final_of, race_of
from bench.diagnosis.repairs import repairs_of, sick_jobs
from bench.diagnosis.tables import FORMS, MADE
from spec.check import check_job
from spec.datasets.built_in import BUILT_IN
from spec.datasets.facts import DatasetFacts
from spec.diagnosis import RULES

JOBS = 500
DATA = tuple(name for name in FORMS if name != "clothes")  # which not every machine has


def faults_of(spec: object, facts: DatasetFacts | None) -> list[str]:
    checked = check_job(spec, facts_of=lambda name: facts or BUILT_IN.get(name), max_memory_bytes=2**32)
    return [f"{fault.pointer} {fault.message}" for fault in checked.faults]


def line(name: str = "a", *, seed: int = 1, accuracy: float = 0.9, **told: object) -> Line:
    spec = {
        "dataset": "iris",
        "network": {"layers": [{"type": "Dense", "units": 8, "activation": "relu"}, {"type": "Dense", "units": 3}]},
        "training": {"loss": {"type": "SparseCategoricalCrossentropy", "from_logits": True}, "epochs": 3, "seed": seed},
    }
    evaluation = {"validation": {"target": "classes", "accuracy": accuracy, "baseline": {"accuracy": 0.4}}}
    epochs = [{"epoch": number, "metrics": {"loss": 1.0, "accuracy": 0.95}} for number in (1, 2, 3)]
    return Line(
        {
            "name": name, "data": "iris", "seed": seed, "spec": spec, "facts": None, "status": "succeeded",
            "error": None, "evaluation": evaluation, "epochs": epochs, "signals": [], "findings": [], **told,
        }
    )  # fmt: skip


def found(rule: str, severity: str) -> dict[str, str]:
    return {"rule": rule, "severity": severity}


def test_drawn_jobs_are_accepted_and_are_the_same_for_the_same_seed() -> None:
    facts = {name: make().facts(name) for name, make in MADE.items()}
    jobs = draw(1, JOBS, DATA)
    assert {job.name: faults for job in jobs if (faults := faults_of(job.spec, facts.get(job.data)))} == {}
    assert jobs[:50] == draw(1, 50, DATA) != draw(2, 50, DATA)
    rates = [job.spec["training"]["optimizer"]["learning_rate"] for job in jobs]
    assert (min(rates) < 1e-5, max(rates) > 3) == (True, True)


def test_rows_are_as_the_draws_take_them_to_be() -> None:
    for name, make in MADE.items():
        rows, form = make(), FORMS[name]
        assert (len(rows.x), rows.target) == (form.rows, "classes" if form.classes else "number")
        assert form.classes in {None, len(set(rows.y.tolist()))}
        assert (rows.npz() == make().npz(), form.side is None or rows.x.shape[1:] == (form.side,) * 2) == (True, True)


def test_our_cases_are_accepted_and_their_truth_is_made_of_rules() -> None:
    names = set()
    for case in our_cases():
        truth = case.extra["truth"]
        names.add(case.name)
        assert faults_of(case.spec, case.rows and case.rows.facts(case.data)) == [], case.name
        assert {*truth["faults"], *truth["also_plausible"]} <= {*RULES, "diverged_nan"}, case.name
        assert case.name.endswith("_faulty") == truth["faulty"] == bool(truth["faults"])
    assert len(names) >= 24


def test_jobs_are_labelled_by_both_seeds_and_by_nothing_else() -> None:
    guess, near, far = 0.4, 0.97, 0.6
    scores = {value: Scores(value, 0.99, guess) for value in (near, far)} | {math.nan: Scores(None, None, guess)}
    said = {
        (one, other): label_of([scores[one], scores[other]], best=1.0).health
        for one, other in ((near, near), (near, far), (far, far), (far, math.nan), (near, math.nan))
    }
    assert list(said.values()) == ["healthy", "between", "sick", "sick", "between"]
    assert label_of([Scores(0.80, 0.99, 0.0)] * 2, 1.0) == Label("between", is_overfitted=True)
    assert not label_of([Scores(0.80, 0.99, guess), Scores(0.9, 0.99, guess)], 1.0).is_overfitted


def test_a_job_that_diverged_is_sick_and_one_that_was_lost_is_not_judged() -> None:
    diverged, lost = ({"code": code, "message": ""} for code in ("diverged", "worker_lost"))
    lines = [line("good", seed=seed, accuracy=0.9) for seed in (1, 2)]
    lines += [line("bad", seed=seed, error=diverged, evaluation=None) for seed in (1, 2)]
    lines += [line("lost", seed=1), line("lost", seed=2, error=lost, evaluation=None)]
    lines += [line("not a number", seed=seed, epochs=[{"epoch": 1, "metrics": {"loss": "NaN"}}]) for seed in (1, 2)]
    assert best_scores(lines) == {"iris": 0.9}
    assert {name: label.health for name, label in labelled(lines).items()} == {
        "good": "healthy", "bad": "sick", "not a number": "sick",
    }  # fmt: skip
    assert scores_of(line(evaluation=None)) is None
    assert balance(lines)[-1] == "| all |  | 1 | 0 | 2 | 0 | 1 |"


def test_numbers_are_scored_by_the_variance_that_is_explained() -> None:
    told = {"target": "number", "r2": 0.8, "non_finite_rows": 0}
    epochs = [{"epoch": 1, "metrics": {"loss": 1.0, "mse": 5929.885 / 2}}]
    scores = scores_of(line(data="diabetes", evaluation={"validation": told}, epochs=epochs))
    assert scores is not None
    assert (scores.validation, scores.guess) == (0.8, 0.0)
    assert scores.training == pytest.approx(0.5, abs=1e-5)
    infinite = scores_of(line(data="diabetes", evaluation={"validation": told | {"non_finite_rows": 2}}, epochs=epochs))
    assert infinite is not None
    assert infinite.validation is None


def test_shares_have_wilson_s_interval() -> None:
    assert Share(8, 10).interval == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert Share(0, 20).interval == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert str(Share(0, 0)) == "none"


def test_cases_are_judged_by_cause_and_alarm() -> None:
    sick = {"faulty": True, "faults": ["unscaled_inputs", "not_learning"], "also_plausible": ["dead_units"]}
    well = {"faulty": False, "faults": [], "also_plausible": []}
    late = ("dead_units", "overfitting", "unscaled_inputs")
    lines = [
        line("hit", truth=sick, findings=[found("dead_units", "warning"), found("unscaled_inputs", "hint")]),
        line("late", truth=sick, findings=[found(one, "error") for one in late]),
        line("symptom", truth=sick, findings=[found("not_learning", "error")]),
        line("hinted", truth=sick, findings=[found("unscaled_inputs", "hint")]),
        line("well", truth=well, findings=[found("overfitting", "hint")]),
        line("alarmed", truth=well, findings=[found("overfitting", "warning")]),
        line("unseen", truth=sick, findings=None),
        line("refused", truth=sick, refusal={"errors": [{"code": "unscaled_inputs"}]}),
    ]  # fmt: skip
    judged = judge_cases(lines, coach_as_run)
    assert (judged.recall, judged.right_cause, judged.false_alarms) == (Share(4, 5), Share(3, 5), Share(1, 2))
    assert (list(judged.missed), dict(judged.alarmed)) == (["hinted #1"], {"alarmed #1": ["overfitting"]})
    assert dict(judged.misnamed) == {
        "late #1": ["dead_units", "overfitting"],
        "symptom #1": ["not_learning"],
    }
    dead, over = judged.rules["dead_units"], judged.rules["overfitting"]
    assert (dead.plausible, dead.first, over.wrong, over.healthy) == (2, 2, 1, 1)


def test_draws_are_judged_by_their_labels() -> None:
    labels = {"sick": Label("sick", is_overfitted=True), "well": Label("healthy", is_overfitted=False)}
    labels["between"] = Label("between", is_overfitted=False)
    lines = [line(name, seed=seed) for name in (*labels, "unlabelled") for seed in (1, 2)]
    said = {("sick", 1): [Said("not_learning", "error")], ("sick", 2): [Said("overfitting", "hint")]}
    judged = judge_draw(lines, labels, lambda one: said.get((one.name, one.seed), ()))
    assert (judged.recall, judged.false_alarms, judged.overfitting) == (Share(1, 2), Share(0, 2), Share(1, 2))
    assert judged.rules["not_learning"].sick == 1


def test_lines_are_read_again_and_one_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    path = kept("some", tmp_path)
    assert read(path) == []
    signals = [{"epoch": 1, "layer": "dense", "gradient_norm": "Infinity", "dead_fraction": 0.5, "update_ratio": None}]
    seen = {"least": 0, "most": 1, "mean": 0.5, "deviation": 0.1, "largest_scale": 1, "smallest_scale": 1}
    start = {
        "inputs": {"input": seen},
        "class_rows": [40, 30, 20], "loss": "NaN", "signals": [{"layer": "dense", "weight_norm": 2.0}],
    }  # fmt: skip
    for seed in (1, 2):
        append(path, dict(line(seed=seed, signals=signals, start=start).told))
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert [one.seed for one in read(path)] == [1]
    evidence = read(path)[0].evidence
    assert [one.epoch for one in evidence.epochs] == [1, 2, 3]
    assert evidence.epochs[0].signals == {"dense": {"gradient_norm": math.inf, "dead_fraction": 0.5}}
    assert evidence.start is not None
    assert (list(evidence.start.class_rows), evidence.start.signals) == ([40, 30, 20], {"dense": {"weight_norm": 2.0}})


def test_peers_judge_by_their_own_thresholds() -> None:
    calm = [
        {"epoch": epoch, "layer": layer, "gradient_norm": 0.1, "dead_fraction": 0.1, "weight_norm": 2.0 + epoch / 10}
        for epoch in (1, 2, 3)
        for layer in ("dense", "dense_1")
    ]
    steps = [
        {"epoch": epoch, "metrics": {"loss": 1 / epoch, "accuracy": 0.3 + 0.2 * epoch, "val_loss": 1 / epoch}}
        for epoch in (1, 2, 3)
    ]
    well = line(signals=calm, epochs=steps)
    assert debugger(well) == autotrainer(well) == []
    ill = [row | {"gradient_norm": 1e-8, "dead_fraction": 0.8} if row["layer"] == "dense" else row for row in calm]
    poor = [one | {"metrics": {"loss": 1.0, "accuracy": 0.3, "val_loss": 1.3}} for one in steps]
    told = [{one.rule for one in peer(line(signals=ill, epochs=poor)) or ()} for peer in (debugger, autotrainer)]
    assert told == [
        {"vanishing_gradients", "dead_units", "overfitting"},
        {"vanishing_gradients", "dead_units", "slow_convergence"},
    ]
    burst = line(signals=calm, epochs=[{"epoch": 3, "metrics": {"loss": "NaN", "accuracy": 0.3}}])
    told = [[one.rule for one in peer(burst) or ()] for peer in (debugger, autotrainer)]
    assert told == [["exploding_gradients"]] * 2
    assert debugger(line(refusal={"errors": []})) is None


def test_remedies_count_where_the_data_set_allows_it() -> None:
    best = {"iris": 1.0}
    accuracies = {"well": 1.0, "sick": 0.4, "worse": 0.1}
    lines = [line(name, seed=seed, accuracy=value) for name, value in accuracies.items() for seed in (1, 2)]
    labels = labelled(lines, best)
    children = [
        line("x", accuracy=1.0, mends={"name": "sick", "seed": 1}, stage="final"),
        line("y", accuracy=0.7, mends={"name": "worse", "seed": 1}, stage="final"),
        line("z", accuracy=1.0, mends={"name": "worse", "seed": 1}, stage="race"),
    ]
    repairs = repairs_of(lines, children, labels, best)
    assert (repairs.repaired, repairs.left_sick) == (Share(1, 2), Share(1, 2))
    assert repairs.median_gain == pytest.approx(0.75)
    assert repairs.epochs == pytest.approx((1 + 2) / 2)
    assert repairs_of(lines[2:], children, labels, best).repaired == Share(0, 0)
    # Of what the coach tried nothing was better: the job stays as it was, whatever its last training came to.
    child = line(
        "x", accuracy=1.0, mends={"name": "sick", "seed": 1}, stage="final", is_changed=False, trained_epochs=6
    )
    kept_as_it_was = repairs_of(lines, [child], labels, best)
    assert (kept_as_it_was.left_sick, kept_as_it_was.median_gain, kept_as_it_was.epochs) == (Share(1, 1), 0.0, 2.0)
    rows = repair_rows({"fit: by the coach": repairs})
    assert (
        rows[-1]
        == "| fit: by the coach | 0.500 (1 of 2; 0.09 to 0.91) | 0.500 (1 of 2; 0.09 to 0.91) | +0.750 | 1.50 |"
    )


def test_sick_jobs_are_sampled_once_each_where_the_data_set_allows_a_healthy_one() -> None:
    accuracies = {"well": 1.0, **{f"sick {number}": 0.4 for number in range(8)}}
    lines = [line(name, seed=seed, accuracy=value) for name, value in accuracies.items() for seed in (1, 2)]
    lines += [line("elsewhere", seed=seed, accuracy=0.4, data="wine") for seed in (1, 2)]
    lines += [line("best", seed=1, accuracy=1.0, data="wine")]
    sick = sick_jobs(lines)
    assert sorted(one.name for one in sick) == [f"sick {number}" for number in range(8)]
    assert {one.seed for one in sick} == {1}
    assert [one.name for one in sick_jobs(lines, 3)] == [one.name for one in sick[:3]]


def test_remedies_at_random_race_for_a_sixth_and_the_best_trains_for_all() -> None:
    sick = line("sick", accuracy=0.4)
    sick.told["spec"]["training"]["epochs"] = 13
    raced = list(race_of(sick))
    assert (len(raced), {one.spec["training"]["epochs"] for one in raced}) == (6, {2})
    assert len({one.extra["technique"] for one in raced}) == 6
    lines = [
        line(one.name, accuracy=0.3 + place / 10, spec=one.spec, **one.extra) for place, one in enumerate(raced[:3])
    ]
    final = final_of(sick, [*lines, line("lost", evaluation=None, technique="none")])
    assert final is not None
    assert (final.extra["technique"], final.spec["training"]["epochs"]) == (lines[-1].told["technique"], 13)
    assert final_of(sick, []) is None


def test_the_table_has_a_column_of_each_who_diagnoses() -> None:
    truth = {"faulty": False, "faults": [], "also_plausible": []}
    rows = table({"cases": [line(truth=truth)]}, {"fit": [line(seed=seed) for seed in (1, 2)]})
    assert {row.count("|") for row in rows} == {len(DIAGNOSERS) + 3}
    assert [row.split("|")[1].strip() for row in rows[2:4]] == [
        "cases: faulty or sick jobs with an alarm",
        "cases: right cause among the first two",
    ]
