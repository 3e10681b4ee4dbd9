"""What a trainer process has for every job."""

from dataclasses import dataclass, field

from worker.trainer.compilation.traced_functions import TracedFunctions
from worker.trainer.data.prepared import PreparedDataSets
from worker.trainer.raw_rows.checking import Checker
from worker.trainer.tensor_memory import TensorMemory


@dataclass(frozen=True)
class Bench:
    """What the process has for every job.

    Attributes:
        data_sets: The data sets prepared last.
        devices: As `worker.trainer.devices.names` gives them.
        threads: Threads within one operation.
        checkpoint_seconds: Least time between two checkpoints within an epoch.
        memory: What the tensors of a job may take.
        functions: The compiled programs used last.
        checker: The process that checks models for raw rows; it runs once a job needs it.
    """

    data_sets: PreparedDataSets
    devices: list[str]
    threads: int
    checkpoint_seconds: float = 10.0
    memory: TensorMemory = field(default_factory=TensorMemory)
    functions: TracedFunctions = field(default_factory=TracedFunctions)
    checker: Checker = field(default_factory=Checker)
