"""Looks once more at jobs that ended before it was known how good simple models are on their rows."""

import asyncio
import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog

from coach.evidence import Evidence, StartSeen
from coach.yardstick import evaluated_of, reference_seen
from db.attempts import courses, findings, second_looks
from db.attempts.courses import Course
from db.attempts.second_looks import EndedJob
from db.connections.engine import Database
from db.datasets import references
from db.datasets.references import KnownReference
from db.errors import DatabaseUnavailable
from db.repairs import repairs
from worker.supervisor.looks.epochs import SeenEpochs
from worker.supervisor.looks.look import Looked, look
from worker.supervisor.looks.subjects import Subject, coach_of

_log = structlog.stdlib.get_logger("worker")


class SecondLooks:
    """Of one worker; any number of workers may look at the same jobs."""

    def __init__(self, database: Database, memory_bytes: int) -> None:
        """Looks at nothing yet.

        Args:
            database: The truth.
            memory_bytes: What a job may use that a remedy makes.
        """
        self._database = database
        self._memory_bytes = memory_bytes

    async def take(self, job_id: str) -> None:
        """Look at a job from what is stored, and write what is found, which is final.

        A job that the coach cannot look at keeps the findings that it has.

        Raises:
            DatabaseUnavailable: If the database does not answer. The look that took place, if it did, is not repeated.
        """
        async with self._database.read() as connection:
            job = await second_looks.find(connection, job_id)
            if job is None:
                return
            known = await references.of_job(connection, job_id)
            course = await courses.read(connection, job_id, job.epoch, job.first_epoch)
        looked = await self._look(job, course, known)
        async with self._database.write() as connection:
            last = await second_looks.take(connection, job_id)
            if last is None:
                return
            error = None
            if looked is not None and looked.text != job.findings_json:
                error = await findings.replace_beside(connection, last, looked.found)
            if job.decides_repair and looked is not None and looked.repair_json is not None:
                await repairs.decide(connection, job_id, looked.repair_json)
            elif job.decides_repair:
                await repairs.withdraw(connection, job_id)
        if error is not None:
            _log.warning("what the coach found could not be written", job=job_id, reason=type(error).__name__)

    async def _look(self, job: EndedJob, course: Course, known: KnownReference) -> Looked | None:
        subject = Subject(job.job_id, job.project, job.spec_json, job.dataset_facts_json)
        note = partial(_note, job.job_id)
        try:
            coach = await coach_of(self._database, subject, note, memory_bytes=self._memory_bytes)
            results: Mapping[str, Any] = json.loads(job.results_json or "{}")
            evidence = Evidence(
                coach.job,
                SeenEpochs.of(course).all(),
                None if course.start is None else StartSeen.of(course.start),
                reference_seen(known.document),
                is_final=True,
                failure=job.error_code,
                evaluated=evaluated_of(results),
            )
            is_stopped = results.get("stopped_by") is not None
            return await asyncio.to_thread(
                look, coach, job.job_id, evidence, after_epoch=job.epoch, is_stopped=is_stopped
            )
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 -- what the coach cannot cope with leaves what was found before
            note("all", error)
            return None


def _note(job_id: str, name: str, error: Exception) -> None:
    _log.warning("the coach failed", job=job_id, part=name, exc_info=error)
