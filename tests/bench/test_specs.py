"""Specs that only the benchmark sends: refused ones would be found out in its last minutes."""

import json

from bench import sequences, traffic
from bench.memory import JOBS, mixed_specs
from bench.signals import notebook_job, small_job
from bench.traffic import waiting_job
from bench.training import CONVOLUTION
from spec.datasets.choice import DatasetSpec
from spec.networks.inference import infer
from spec.networks.networks import NetworkSpec
from spec.training.training import TrainingSpec
from tests.spec.jobs import check


def test_mixed_jobs_are_accepted_and_differ() -> None:
    specs = mixed_specs(JOBS)
    assert [fault for spec in specs for fault in check(spec).faults] == []
    assert len({json.dumps(spec["network"]) for spec in specs}) > 0.9 * JOBS
    assert specs == mixed_specs(JOBS)


def test_jobs_that_are_only_created_are_accepted_and_differ() -> None:
    specs = [waiting_job(number) for number in range(traffic.JOBS)]
    assert [fault for spec in specs[::50] for fault in check(spec).faults] == []
    assert len({json.dumps(spec) for spec in specs}) == traffic.JOBS


def test_the_convolutional_network_is_accepted() -> None:
    checked = check(CONVOLUTION)
    assert checked.faults == []
    assert checked.summary is not None
    assert checked.summary.total_parameters == 34_826  # as the example's own summary says


def test_a_job_with_signals_differs_from_the_one_without_in_nothing_else() -> None:
    for job in (small_job, notebook_job):
        watched, other = job(is_on=True), job(is_on=False)
        assert check(watched).faults == check(other).faults == []
        assert (watched.pop("coach"), other.pop("coach")) == ({"signals": True}, {"signals": False})
        assert watched == other


def test_networks_that_read_files_of_sequences_are_sound() -> None:
    for job, shape in ((sequences.SERIES, (sequences.STEPS, 1)), (sequences.TEXTS, (sequences.LENGTH,))):
        assert infer(NetworkSpec.model_validate(job["network"]), shape).faults == []
        assert TrainingSpec.model_validate(job["training"]).epochs > 1, "the first is left out"
        assert DatasetSpec.model_validate({"name": "own", **job["dataset"]}).target is not None
    lines = sequences.texts_file().decode().splitlines()
    assert len(lines) == 1 + sequences.ROWS
    assert max(len(line.split()) for line in lines) == sequences.LENGTH
