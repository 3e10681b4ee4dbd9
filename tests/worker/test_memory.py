"""A job that needs more memory than there is for it."""

from spec.states import JobStatus
from tests.worker.workbench import Workbench, wide

GREEDY = wide(12000)
"""145 million parameters: 580 MB of weights, and as much again of gradients."""


async def test_a_job_that_is_too_large_fails_and_harms_no_other(fresh_bench: Workbench) -> None:
    worker = await fresh_bench.start_worker(WORKER_SLOTS="2", TRAINER_MEMORY_BYTES=str(1300 * 2**20))
    greedy = await fresh_bench.submit(network=GREEDY, max_attempts=2)
    others = [await fresh_bench.submit(epochs=100) for _ in range(2)]
    for job_id in others:
        other = await fresh_bench.wait_end(job_id)
        assert (other.status, other.attempt) == (JobStatus.SUCCEEDED, 1), fresh_bench.logs()
    failed = await fresh_bench.wait_end(greedy)
    assert (failed.status, failed.error_code) == (JobStatus.FAILED, "out_of_memory"), fresh_bench.logs()
    assert failed.error_message is not None
    assert "This job needs about" in failed.error_message
    assert worker.process.poll() is None
