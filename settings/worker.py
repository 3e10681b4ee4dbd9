"""What the worker process is told."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from settings.declaring import Memory, Patience, Processes, Shown, Wait
from settings.shared import SharedSettings

_LEAST_READER_BYTES = 2**28


class WorkerSettings(SharedSettings):
    """How many jobs a worker trains at once, on what, and how it watches them."""

    worker_slots: Annotated[
        Processes | None, Shown("one per GPU (or several, see below), and one on the CPU; without GPUs, one per core")
    ] = None
    """How many jobs are trained at once, each in its own trainer process."""
    accelerators: Literal["auto", "cpu", "gpu"] = "auto"
    """What this worker trains on. `auto` means its GPUs, if any, and the CPU. A slot on a GPU takes jobs for `gpu` and
    `any`, and a slot on the CPU takes jobs for `cpu` and `any`."""
    worker_slot_gpus: Annotated[int, Field(ge=1, le=8)] = 1
    """Number of GPUs per slot, if there are any. A job uses as many of them as its `resources.gpus`, and one that needs
    more waits for another worker."""
    lease_seconds: Annotated[float, Field(ge=2.0, le=3600.0)] = 30.0
    """A running job is given to another worker if its worker sends no heartbeat for this long."""
    heartbeat_seconds: Annotated[float, Field(gt=0.0), Shown("a sixth of the lease")] = Field(
        default_factory=lambda data: data["lease_seconds"] / 6
    )
    """Time between two heartbeats, at most a third of the lease."""
    poll_seconds: Annotated[float, Field(ge=0.05, le=60.0)] = 1.0
    """How often a free slot looks for work without having received a hint."""
    reconcile_seconds: Annotated[float, Field(ge=0.1, le=300.0)] = 3.0
    """How often lost hints are sent again, expired leases are ended, and dead workers are removed."""
    audit_days: Annotated[float, Field(gt=0.0, le=36_500.0)] = 365.0
    """How long an entry of the audit log is kept."""
    audit_entries: Annotated[int, Field(ge=1, le=100_000_000)] = 100_000
    """How many entries of the audit log are kept for each project. The oldest are deleted first."""
    trainer_max_jobs: Annotated[int, Field(ge=1)] = 500
    """A trainer process is replaced after this many jobs."""
    trainer_max_rss_bytes: Memory = 4 * 2**30
    """A trainer process is replaced if its resident memory, without mapped files, exceeds this after a job."""
    trainer_memory_bytes: Annotated[
        int | None,
        Field(ge=2**29),
        Shown(
            "nine tenths of the memory of the machine or container, less `NETCOACH_READER_MEMORY_BYTES` (but at least "
            "half of it), divided by the slots"
        ),
    ] = None
    """Memory that a trainer can use, including TensorFlow itself. A job that needs more fails with `out_of_memory`."""
    data_cache_bytes: Annotated[int, Field(ge=0)] = 4 * 2**30
    """Disk space in the home for prepared data sets, which all trainers share, and as much again for the files that
    several jobs begin with. The least recently used are deleted first. What does not fit is prepared in the memory of a
    trainer."""
    trainer_threads: Annotated[int | None, Field(ge=1, le=1024), Shown("cores divided by the slots")] = None
    """Number of threads that a trainer computes with."""
    trainer_start_seconds: Patience = 120.0
    """How long a trainer can take to import TensorFlow before it is killed."""
    trainer_environment: Annotated[str, Shown("none")] = ""
    """Names of further environment variables that trainers get, separated by commas. Trainers run what clients
    describe, so by default they only get what Python, TensorFlow, CUDA and downloads need."""
    checkpoint_seconds: Annotated[float, Field(ge=0.0, le=86_400.0)] = 10.0
    """Least time between two checkpoints within an epoch. After an epoch, half a second is enough. Both are longer if
    checkpoints would take more than a fiftieth of the time."""
    reader_memory_bytes: Annotated[int, Field(ge=0)] = 2**30
    """Memory that the process which reads uploaded files can use. The process is started when there is a file to
    read. A file that needs more memory fails with `out_of_memory`. 0 means that this worker reads no files."""
    reference_memory_bytes: Annotated[int, Field(ge=0)] = 2**30
    """Memory that the process can use which finds out how good simple models are on the rows of a job (see `reference`
    in the results). It is started for each new choice of rows, at a low priority, and computes for 10 seconds at most.
    0 means that this worker finds out nothing."""
    stop_grace_seconds: Wait = 5.0
    """How long a trainer has to stop before it is killed. While it is saving the weights of a job, it has twelve times
    as long, as long as it gives signs of life."""
    progress_timeout_seconds: Patience = 300.0
    """A trainer that reports nothing for this long is killed, and its job is tried again."""

    @field_validator("reader_memory_bytes", mode="after")
    @classmethod
    def _enough_to_read(cls, most_bytes: int) -> int:
        if 0 < most_bytes < _LEAST_READER_BYTES:
            raise ValueError(
                f"This must be 0 or at least {_LEAST_READER_BYTES}. The process itself needs most of that."
            )
        return most_bytes

    @property
    def trainer_variables(self) -> frozenset[str]:
        """``trainer_environment`` name by name."""
        return frozenset(name.strip() for name in self.trainer_environment.split(",") if name.strip())

    @field_validator("trainer_environment", mode="after")
    @classmethod
    def _names(cls, names: str) -> str:
        for name in names.split(","):
            if name.strip().upper().startswith("NETCOACH_"):
                raise ValueError(
                    f"`{name.strip()}` is a setting of the service, which trainers must not see. Remove it here."
                )
        return names

    @model_validator(mode="after")
    def _several_beats_a_lease(self) -> Self:
        if self.heartbeat_seconds * 3 > self.lease_seconds:
            raise ValueError(
                f"NETCOACH_HEARTBEAT_SECONDS: This must be at most {self.lease_seconds / 3:g}, a third of "
                f"NETCOACH_LEASE_SECONDS ({self.lease_seconds:g}). "
                "Otherwise a single lost heartbeat would lose the job."
            )
        return self
