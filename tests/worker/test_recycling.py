"""A trainer is replaced after so many jobs, the next one being ready in time; it finds the rows prepared."""

from spec.states import JobStatus
from tests.worker.workbench import Workbench


async def test_a_worn_out_trainer_is_replaced_between_jobs(fresh_bench: Workbench) -> None:
    worker = await fresh_bench.start_worker(TRAINER_MAX_JOBS="2")
    (first,) = worker.trainers()
    ids = [await fresh_bench.submit() for _ in range(3)]
    jobs = [await fresh_bench.wait_end(job_id) for job_id in ids]
    assert {(job.status, job.attempt) for job in jobs} == {(JobStatus.SUCCEEDED, 1)}
    (second,) = worker.trainers()
    assert second.pid != first.pid
    assert not first.is_running()
    shared = fresh_bench.home / "data"
    assert len(list(shared.glob("*/training_features.npy"))) == 1
