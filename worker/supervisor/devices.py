"""What this machine trains on: how many slots, on which device, with how many threads."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from settings import SettingsError, WorkerSettings
from worker.supervisor.memory import usable_bytes

_USED_SHARE = 0.9
"""Of the machine's memory, for all trainers together."""


@dataclass(frozen=True)
class Seat:
    """What one slot trains on.

    Attributes:
        device: The device its trainer computes on.
        gpu: The GPU's ordinal as CUDA counts it, None on a CPU.
        threads: Threads its trainer computes with.
        memory_bytes: Memory its trainer may use.
    """

    device: Literal["cpu", "gpu"]
    gpu: str | None
    threads: int
    memory_bytes: int

    @property
    def accelerators(self) -> tuple[str, ...]:
        """The accelerators whose jobs this slot may train."""
        return (self.device, "any")

    @property
    def cuda_visible_devices(self) -> str:
        """The value of ``CUDA_VISIBLE_DEVICES`` for the slot's trainer: one GPU, or none (-1)."""
        return self.gpu if self.gpu is not None else "-1"


def seats(settings: WorkerSettings) -> list[Seat]:
    """One seat a slot: a GPU each first, then the CPU.

    Unless told otherwise a machine with GPUs gets a slot for each and one on the CPU besides, so that jobs which ask
    for a CPU do not wait for ever; a machine without gets one a core.

    Raises:
        SettingsError: If GPUs are asked for and there are none, or fewer than slots.
    """
    cores = len(os.sched_getaffinity(0))
    gpus = [] if settings.accelerators == "cpu" else visible_gpus()
    if settings.accelerators == "gpu":
        slots = settings.worker_slots or len(gpus)
        if not gpus:
            raise SettingsError(["NETCOACH_ACCELERATORS: gpu, but this machine shows no NVIDIA GPU"])
        if slots > len(gpus):
            raise SettingsError([f"NETCOACH_WORKER_SLOTS: {slots}, but there are {len(gpus)} GPUs, one a slot"])
    else:
        slots = settings.worker_slots or (len(gpus) + 1 if gpus else cores)
    threads = settings.trainer_threads or max(1, cores // slots)
    memory_bytes = settings.trainer_memory_bytes or int(_USED_SHARE * usable_bytes()) // slots
    return [
        Seat("gpu", gpus[number], threads, memory_bytes)
        if number < len(gpus)
        else Seat("cpu", None, threads, memory_bytes)
        for number in range(slots)
    ]


def visible_gpus(devices: Path = Path("/dev")) -> list[str]:
    """The NVIDIA GPUs this process may use, as CUDA names them; found without loading CUDA.

    ``CUDA_VISIBLE_DEVICES`` decides where it is set; else CUDA numbers the device files ``nvidia0``, ``nvidia1``, …
    from 0 on.
    """
    told = os.environ.get("CUDA_VISIBLE_DEVICES")
    if told is not None:
        # CUDA ignores what follows the first entry that is none.
        names: list[str] = []
        for entry in told.split(","):
            if entry.strip() in {"", "-1"}:
                break
            names.append(entry.strip())
        return names
    count = sum(1 for path in devices.glob("nvidia*") if path.name.removeprefix("nvidia").isdigit())
    return [str(number) for number in range(count)]
