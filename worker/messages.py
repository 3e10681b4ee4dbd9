"""What supervisor and trainer say to each other: one JSON object a line, over a pair of pipes.

The trainer is started as ``python -m worker.trainer --read-fd R --write-fd W``. It reads `Order`s and writes
`Report`s. End of file on its reading pipe means that its supervisor is gone: it exits at once. Numbers that
are not finite are written as JSON's unofficial ``NaN`` and ``Infinity``, which Python reads back.
"""

import json
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from spec.inputs import InputName
from spec.kinds import TRAIN
from worker.reference_messages import Prepared


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _OfAttempt(_Message):
    """What is said of one attempt of a job."""

    job_id: str
    attempt: int


class InputFile(_Message):
    """A file in the attempt's folder that was brought from the storage.

    Attributes:
        path: Where it lies.
        sha256: Of what it holds, in hexadecimal.
    """

    path: str
    sha256: str


class Train(_OfAttempt):
    """Train this job, from its beginning or from where a checkpoint left it.

    Attributes:
        spec: A `spec.jobs.JobSpec` as JSON, its seed filled in.
        work_dir: A folder of this attempt, with nothing in it but its inputs: the trainer writes artifacts,
            ``trainer.log`` and checkpoints here.
        dataset_facts: What is known of the data set, a `spec.datasets.facts.DatasetFacts` as JSON; None of a job that
            is older than that: it is a built-in one.
        inputs: What it begins with. Without a checkpoint it begins anew, and so it does with one that cannot be read.
        known_epochs: How many epochs, from the first on, are stored already. Those of the checkpoint beyond them are
            reported again.
        pause_at_epoch: Stop after this epoch with a checkpoint, to be resumed, unless the job ends with it; None goes
            on to the end. A `PauseAt` changes it.
        request_id: Of the request that made the job; stands in the trainer's log lines.
    """

    do: Literal["train"] = "train"
    spec: dict[str, Any]
    work_dir: str
    dataset_facts: dict[str, Any] | None = None
    inputs: dict[InputName, InputFile] = {}
    known_epochs: int = 0
    pause_at_epoch: int | None = None
    request_id: str | None = None

    @property
    def kind(self) -> str:
        """Of the work."""
        return TRAIN


class Work(_OfAttempt):
    """Do the work of an internal kind, and report `Progress` now and then, then `Ended`.

    Attributes:
        kind: Of the work, by its name.
        spec: What is to be done, as the kind has it.
        work_dir: An empty folder of this attempt.
        inputs: The files that it begins with, by name.
        request_id: Of the request that made the job.
    """

    do: Literal["work"] = "work"
    kind: str
    spec: dict[str, Any]
    work_dir: str
    inputs: dict[InputName, InputFile] = {}
    request_id: str | None = None


class Stop(_OfAttempt):
    """Stop training as soon as possible, within an epoch, and report `Ended` with ``outcome`` "stopped".

    Attributes:
        is_to_be_resumed: Whether to leave a checkpoint of this very moment, reported ahead of `Ended`.
    """

    do: Literal["stop"] = "stop"
    is_to_be_resumed: bool = False


class PauseAt(_OfAttempt):
    """Stop training after this epoch, in place of what was said of it before; None goes on to the end.

    Where that epoch has ended already, the training stops after the one that it is in.
    """

    do: Literal["pause_at"] = "pause_at"
    epoch: int | None


class Finish(_OfAttempt):
    """End the training after the epoch that it is in, with the weights that it has then, as EarlyStopping would."""

    do: Literal["finish"] = "finish"


Order = Annotated[Train | Work | Stop | PauseAt | Finish, Field(discriminator="do")]


class Ready(_Message):
    """TensorFlow is imported, the devices are set; a `Train` may come. Sent once, first."""

    report: Literal["ready"] = "ready"
    versions: dict[str, str]
    devices: list[str]


class Started(_OfAttempt):
    """Data are loaded and the network is built; the first step comes next.

    Attributes:
        from_epoch: The last epoch whose stored row still holds; rows after it are of a past that is trained again.
            What the checkpoint knows beyond it is reported next, as `Epoch`s.
        summary: The model's summary: a `spec.networks.summary.NetworkSummary` as JSON.
        prepared: Where the rows lie; None where they lie in no files, or where the output is an embedding.
    """

    report: Literal["started"] = "started"
    epochs: int
    from_epoch: int = 0
    steps_per_epoch: int
    train_rows: int
    validation_rows: int
    device: str
    summary: dict[str, Any]
    prepared: Prepared | None = None


class Progress(_OfAttempt):
    """A sign of life within an epoch: ``fraction`` of the whole job, 0..1."""

    report: Literal["progress"] = "progress"
    fraction: float


class Signals(_OfAttempt):
    """What was measured inside the training after an epoch; the `Epoch` itself comes next, and both are stored as one.

    Attributes:
        layers: A layer's name -> a signal's name -> its value, in the order of the network's layers. What means nothing
            for a layer is missing.
        start: What was seen once, by the names of `coach.evidence.StartSeen`, as JSON; with one report of an attempt.
    """

    report: Literal["signals"] = "signals"
    epoch: int
    layers: dict[str, dict[str, float]]
    start: dict[str, Any] | None = None


class Epoch(_OfAttempt):
    """One epoch ended. ``epoch`` counts from 1; ``metrics`` are as Keras's logs, plus ``learning_rate``."""

    report: Literal["epoch"] = "epoch"
    epoch: int
    metrics: dict[str, float]
    duration_seconds: float


class Checkpoint(_OfAttempt):
    """A file, whole and on the disk, from which the training can go on to the bit.

    The trainer keeps the last two in its work dir; the supervisor copies the newest away.

    Attributes:
        epoch: Epochs that had ended.
        step: Steps that had been taken of the next epoch.
        path: The file, within the work dir.
    """

    report: Literal["checkpoint"] = "checkpoint"
    epoch: int
    step: int
    path: str


class Artifact(_Message):
    """A file the trainer left in the work dir."""

    name: str
    path: str
    media_type: str


class Ended(_OfAttempt):
    """The job ended in the trainer.

    Attributes:
        outcome: "succeeded", "failed", "stopped" (an order to stop was followed) or "paused" (after the epoch that it
            was to pause at, its checkpoint reported ahead).
        results: What ``GET …/results`` answers beside the job's own fields: final and best metrics, epochs run,
            timings, model summary, environment.
        code, message, pointer: Of a failure: a `spec.states.FailureCode`, a sentence without data or keys, and where
            in the spec the cause lies if it lies there.
        is_to_be_tried_again: Whether the cause lies with the worker (its disk is full), so that another attempt may
            well succeed.
        rss_bytes: The trainer's resident memory now, without what is mapped from files, for recycling.
    """

    report: Literal["ended"] = "ended"
    outcome: Literal["succeeded", "failed", "stopped", "paused"]
    results: dict[str, Any] = {}
    artifacts: list[Artifact] = []
    code: str | None = None
    message: str | None = None
    pointer: str | None = None
    is_to_be_tried_again: bool = False
    rss_bytes: int = 0


class Salvaged(_Message):
    """What ``python -m worker.trainer.salvage`` made of a checkpoint.

    Attributes:
        artifacts: Files with weights, in the folder that it was told.
        results: As those of `Ended`, as they were when the checkpoint was taken.
        refusal: Why it made nothing, if it did not.
        errno: Of a failure of the worker's own disk, which is no word about the checkpoint.
    """

    artifacts: list[Artifact] = []
    results: dict[str, Any] = {}
    refusal: str | None = None
    errno: int | None = None


class Saving(_OfAttempt):
    """A sign of life at the end of a training: the files that it leaves are being written. `Ended` comes after them.

    Attributes:
        so_far: What is told if the trainer gets no further; with the first of these reports alone.
    """

    report: Literal["saving"] = "saving"
    so_far: Ended | None = None


Report: TypeAlias = Ready | Started | Progress | Signals | Epoch | Checkpoint | Saving | Ended
"""What a trainer tells its supervisor."""

_ORDERS: TypeAdapter[Train | Work | Stop | PauseAt | Finish] = TypeAdapter(Order)
_REPORTS: TypeAdapter[Report] = TypeAdapter(Annotated[Report, Field(discriminator="report")])


def encode(message: BaseModel) -> bytes:
    """One message as one line."""
    return json.dumps(message.model_dump(), separators=(",", ":")).encode() + b"\n"


def decode_order(line: bytes) -> Train | Work | Stop | PauseAt | Finish:
    """The order in a line.

    Raises:
        ValidationError: If it holds none.
    """
    return _ORDERS.validate_python(json.loads(line))


def decode_salvaged(line: bytes) -> Salvaged:
    """What a process that made weights of a checkpoint told.

    Raises:
        ValidationError: If it told nothing such.
    """
    return Salvaged.model_validate(json.loads(line))


def decode_report(line: bytes) -> Report:
    """The report in a line.

    Raises:
        ValidationError: If it holds none.
    """
    return _REPORTS.validate_python(json.loads(line))
