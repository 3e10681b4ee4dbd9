"""What this machine trains on: how many slots, on which device, with how many threads. And what it reads with."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from settings import SettingsError, WorkerSettings
from spec.language.sentences import counted
from worker.supervisor.kinds import READER, TRAINER, Carrier, internal_kinds_of
from worker.supervisor.trainers.memory import usable_bytes

_USED_SHARE = 0.9
"""Of the machine's memory, for all trainers and the reader together."""


@dataclass(frozen=True)
class Seat:
    """What one slot trains on.

    Attributes:
        device: The device its trainer computes on.
        gpus: Its GPUs' ordinals as CUDA counts them, none on a CPU.
        threads: Threads its trainer computes with.
        memory_bytes: Memory its trainer may use.
        carrier: The process that it starts.
    """

    device: Literal["cpu", "gpu"]
    gpus: tuple[str, ...]
    threads: int
    memory_bytes: int
    carrier: Carrier = TRAINER

    @property
    def accelerators(self) -> tuple[str, ...]:
        """The accelerators whose jobs this slot may train."""
        return (self.device, "any") if self.carrier == TRAINER else ()

    @property
    def lanes(self) -> tuple[str, ...]:
        """What jobs ask for that this slot may take: the device of a training, a kind of internal work by its name."""
        trained = (self.device,) if self.carrier == TRAINER else ()
        return (*trained, *internal_kinds_of(self.carrier))

    @property
    def cuda_visible_devices(self) -> str:
        """The value of ``CUDA_VISIBLE_DEVICES`` for the slot's trainer: its GPUs, or none (-1)."""
        return ",".join(self.gpus) or "-1"

    @property
    def replicas(self) -> int:
        """On how many devices a job may train here at once."""
        return max(1, len(self.gpus))


def seats(settings: WorkerSettings) -> list[Seat]:
    """One seat a slot: those with GPUs first, one each or as many as a slot is to have, then the CPU.

    Unless told otherwise all GPUs are given to slots, the last of which takes what is left, and one on the CPU comes
    besides, so that jobs which ask for a CPU do not wait for ever; a machine without GPUs gets one a core.

    Raises:
        SettingsError: If GPUs are asked for and there are none, or too few.
    """
    cores = len(os.sched_getaffinity(0))
    gpus = [] if settings.accelerators == "cpu" else visible_gpus()
    each = settings.worker_slot_gpus
    if gpus and each > len(gpus):
        reason = f"This is {each}, but the machine has {counted(len(gpus), 'NVIDIA GPU')}. Set a smaller number."
        raise SettingsError([f"NETCOACH_WORKER_SLOT_GPUS: {reason}"])
    shares = [tuple(gpus[first : first + each]) for first in range(0, len(gpus), each)]
    if settings.accelerators == "gpu":
        slots = settings.worker_slots or len(shares)
        if not gpus:
            raise SettingsError(
                ['NETCOACH_ACCELERATORS: This is "gpu", but the machine has no NVIDIA GPU. Set "auto" or "cpu".']
            )
        if slots > len(shares):
            enough = f"the machine has {counted(len(gpus), 'GPU')}, enough for {counted(len(shares), 'slot')} of {each}"
            raise SettingsError([f"NETCOACH_WORKER_SLOTS: This is {slots}, but {enough}. Set a smaller number."])
    else:
        slots = settings.worker_slots or (len(shares) + 1 if shares else cores)
    threads = settings.trainer_threads or max(1, cores // slots)
    memory_bytes = settings.trainer_memory_bytes or _bytes_of_trainers(settings) // slots
    return [
        Seat("gpu", shares[number], threads, memory_bytes)
        if number < len(shares)
        else Seat("cpu", (), threads, memory_bytes)
        for number in range(slots)
    ]


def _bytes_of_trainers(settings: WorkerSettings) -> int:
    """What all trainers share: the reader's memory is not theirs, but half of all there is stays for them."""
    share = int(_USED_SHARE * usable_bytes())
    return max(share - settings.reader_memory_bytes, share // 2)


def reading_seats(settings: WorkerSettings) -> list[Seat]:
    """The one seat that reads users' files, beside those that train; none where no memory is given to it."""
    return [Seat("cpu", (), 1, settings.reader_memory_bytes, READER)] if settings.reader_memory_bytes else []


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
