"""What is refused here, before a room below is asked. What each means over HTTP stands in `api.answers.problems`."""

from collections.abc import Sequence
from typing import Any

from spec.language.faults import Fault


class BodyFaulty(Exception):
    """The body is JSON and yet not what is asked for.

    Attributes:
        faults: All of them, pointers into the body.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        count = len(faults)
        super().__init__(f"The request body has {count} error{'s' if count != 1 else ''}.")
        self.faults = list(faults)


class JobChanged(Exception):
    """The job is no longer in the state that the request is about."""

    def __init__(self, job_id: str) -> None:
        super().__init__(
            f'Job "{job_id}" has changed since the state that `If-Match` names. Read the job again and retry.'
        )


class InitialWeightsLost(Exception):
    """The job whose weights another one was to begin with was deleted while that one was checked."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f'Job "{job_id}" was deleted meanwhile.')


class DatasetNotReady(Exception):
    """A data set that a job is to use is being read, or could not be read."""

    def __init__(self, dataset_id: str, reason: str | None) -> None:
        """Says what to do.

        Args:
            dataset_id: Of the data set.
            reason: Why it could not be read; None if it is being read.
        """
        if reason is None:
            sentence = f"is still being read. Wait for it with `GET /v1/datasets/{dataset_id}?wait_seconds=30`."
        else:
            sentence = (
                f"could not be read. {reason} `GET /v1/datasets/{dataset_id}` lists everything that is wrong with its "
                "file. Upload a corrected file, or read this one with another `description`."
            )
        super().__init__(f'Data set "{dataset_id}" {sentence}')


class DatasetLost(Exception):
    """A data set that a job was to use was deleted while the job was checked.

    Attributes:
        dataset_id: Which.
    """

    def __init__(self, dataset_id: str) -> None:
        super().__init__(f'Data set "{dataset_id}" was deleted meanwhile.')
        self.dataset_id = dataset_id


class QuotaExceeded(Exception):
    """The project has used up what it may have of something."""

    def __init__(self, name: str, *, limit: int, used: int, requested: int) -> None:
        """Names the quota.

        Args:
            name: Of the quota, as ``GET /v1/limits`` has it.
            limit: What the project may have.
            used: What it has.
            requested: What the request would add.
        """
        super().__init__(
            f"The project's quota `{name}` is {limit:,}. {used:,} are in use, and this request would add {requested:,}."
        )
        self._told = {"name": name, "limit": limit, "used": used, "requested": requested}

    def told(self) -> dict[str, Any]:
        """The same for programs."""
        return dict(self._told)


class NoRepair(Exception):
    """The job was not repaired: it did not ask for it, has not ended, or needed none."""

    def __init__(self, job_id: str) -> None:
        super().__init__(
            f'Job "{job_id}" has no repair. A job is repaired if it has `"coach": {{"repair": true}}` and does poorly. '
            "A job that does well needs none, and one that has not ended may still get one."
        )
