"""One look at a job, and what comes of it."""

import time
from dataclasses import dataclass

from coach.coach import Coach
from coach.documents import finding_documents
from coach.evidence import Evidence
from coach.repairs.plan import empty_plan
from coach.repairs.sickness import is_hopeless, is_undecided, repair_of
from db.attempts.findings import NewFindings
from spec.language.numbers import encode_json


@dataclass(frozen=True)
class Looked:
    """What a look came to.

    Attributes:
        found: What it found.
        text: That as JSON, to be told from what was found before.
        seconds: What it took of a core.
        is_sick: Whether the training goes wrong beyond doubt, so that it may be stopped for a repair.
        repair_json: The plan of the repair, of the last look at a job that is to be repaired.
        is_undecided: Whether it depends on a second look whether there is a repair; the plan is an empty one then.
    """

    found: NewFindings
    text: str
    seconds: float
    is_sick: bool
    repair_json: str | None
    is_undecided: bool


def look(  # noqa: PLR0913 -- all but three by keyword
    coach: Coach,
    job_id: str,
    evidence: Evidence,
    *,
    after_epoch: int,
    is_stopped: bool = False,
    is_awaiting: bool = False,
) -> Looked:
    """Look at a job: some milliseconds of work, for a thread.

    Args:
        coach: Of the job.
        job_id: Of the job.
        evidence: All that is known of it.
        after_epoch: The last epoch that is known, where the evidence has none.
        is_stopped: Whether the coach stopped the job.
        is_awaiting: Whether the job is looked at once more, with a reference.
    """
    began = time.thread_time()
    found = coach.look(evidence)
    documents = finding_documents(found, job_id)
    told = NewFindings(documents, evidence.epochs[-1].epoch if evidence.epochs else after_epoch)
    seconds = time.thread_time() - began
    is_sick, is_open, plan = False, False, None
    if evidence.is_final:
        try:
            is_open = is_awaiting and is_undecided(evidence, found, is_stopped=is_stopped)
            plan = empty_plan(evidence) if is_open else repair_of(evidence, found, is_stopped=is_stopped)
        except Exception as error:  # noqa: BLE001 -- it costs the repair and no finding
            coach.failed(coach.REPAIR, error)
            is_open = False
    else:
        is_sick = is_hopeless(evidence, found)
    repair_json = None if plan is None else encode_json(plan.told())
    return Looked(told, encode_json(documents), seconds, is_sick, repair_json, is_open)
