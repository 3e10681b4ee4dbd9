"""What the worker process is told."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from settings.shared import SharedSettings


class WorkerSettings(SharedSettings):
    """How many jobs a worker trains at once, on what, and how it watches them."""

    worker_slots: int | None = Field(
        default=None,
        ge=1,
        le=256,
        description="Jobs trained at once, each in a trainer process of its own.",
        json_schema_extra={
            "shown_default": "one a GPU, or for as many as a slot has, and one on the CPU; without GPUs one a core"
        },
    )
    accelerators: Literal["auto", "cpu", "gpu"] = Field(
        default="auto",
        description="What this worker trains on; `auto` is its GPUs, if any, and the CPU. "
        "A slot on a GPU takes jobs for `gpu` and `any`, one on the CPU for `cpu` and `any`.",
    )
    worker_slot_gpus: int = Field(
        default=1,
        ge=1,
        le=8,
        description="GPUs of a slot, where there are any: a job trains on as many of them as its `resources.gpus`, and "
        "one that asks for more waits for another worker.",
    )
    lease_seconds: float = Field(
        default=30.0,
        ge=2.0,
        le=3600.0,
        description="A running job whose worker is silent this long is given to another.",
    )
    heartbeat_seconds: float = Field(
        default_factory=lambda data: data["lease_seconds"] / 6,
        gt=0.0,
        description="Between two renewals of a lease; at most a third of it.",
        json_schema_extra={"shown_default": "a sixth of the lease"},
    )
    poll_seconds: float = Field(
        default=1.0,
        ge=0.05,
        le=60.0,
        description="How often a free slot looks for work without having been told of any.",
    )
    reconcile_seconds: float = Field(
        default=3.0,
        ge=0.1,
        le=300.0,
        description="How often lost hints are sent again, leases expired and dead workers forgotten.",
    )
    audit_days: float = Field(
        default=365.0, gt=0.0, le=36_500.0, description="How long an entry of the audit log is kept."
    )
    audit_entries: int = Field(
        default=100_000,
        ge=1,
        le=100_000_000,
        description="Entries of the audit log that are kept of each project: the newest.",
    )
    trainer_max_jobs: int = Field(default=500, ge=1, description="A trainer process is replaced after this many jobs.")
    trainer_max_rss_bytes: int = Field(
        default=4 * 2**30,
        ge=2**20,
        description="A trainer whose resident memory, files mapped by it left out, exceeds this after a job is "
        "replaced.",
    )
    trainer_memory_bytes: int | None = Field(
        default=None,
        ge=2**29,
        description="Memory a trainer may use, TensorFlow's own included; a job that needs more fails as "
        "`out_of_memory`.",
        json_schema_extra={"shown_default": "nine tenths of the machine's or container's memory, divided by slots"},
    )
    data_cache_bytes: int = Field(
        default=4 * 2**30,
        ge=0,
        description="Disk that prepared data sets may take in the home; all trainers share them, and those used last "
        "are kept. What does not fit is prepared in a trainer's own memory.",
    )
    trainer_threads: int | None = Field(
        default=None,
        ge=1,
        le=1024,
        description="Threads a trainer computes with.",
        json_schema_extra={"shown_default": "cores divided by slots"},
    )
    trainer_start_seconds: float = Field(
        default=120.0, ge=1.0, description="How long a trainer may take to import TensorFlow before it is given up."
    )
    trainer_environment: str = Field(
        default="",
        description="Names of further environment variables that trainers get, with commas between them. They run what "
        "clients describe, so of the worker's environment they get only what Python, TensorFlow, CUDA and downloads "
        "need.",
        json_schema_extra={"shown_default": "none"},
    )
    checkpoint_seconds: float = Field(
        default=10.0,
        ge=0.0,
        le=86_400.0,
        description="Within an epoch a checkpoint is taken once this long has passed since the last; after an epoch, "
        "half a second is enough. Both wait longer where checkpoints would cost more than a fiftieth of the time.",
    )
    stop_grace_seconds: float = Field(
        default=5.0, ge=0.1, le=600.0, description="How long a trainer told to stop has before it is killed."
    )
    progress_timeout_seconds: float = Field(
        default=300.0,
        ge=1.0,
        description="A trainer that reports nothing for this long is killed, its job tried again.",
    )

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
