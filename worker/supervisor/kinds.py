"""Which process carries out which kind of work."""

from dataclasses import dataclass

from spec.kinds import READ, TRAIN


@dataclass(frozen=True)
class Carrier:
    """A kind of process that slots start, and that speaks as `worker.messages` says.

    It is told its pipes and its memory on the command line, as ``--read-fd``, ``--write-fd`` and ``--memory-bytes``.

    Attributes:
        module: What ``python -m`` runs.
        slot: What the slots are called that start it, before their numbers.
        has_tensorflow: Whether it is a trainer, which is told of devices, threads, prepared rows and checkpoints too.
        is_on_demand: Whether it is started when there is work for it, and ended when there was none for a while. Word
            of a job then leads to a look, since most jobs are none for it.
    """

    module: str
    slot: str = "slot"
    has_tensorflow: bool = False
    is_on_demand: bool = False


TRAINER = Carrier("worker.trainer", has_tensorflow=True)
READER = Carrier("worker.reader", slot="reader", is_on_demand=True)

CARRIERS: dict[str, Carrier] = {TRAIN: TRAINER, READ: READER}
"""By kind. How such a job ends in the database stands in `db.jobs.ends`."""


def internal_kinds_of(carrier: Carrier) -> list[str]:
    """The kinds of work that it carries out beside trainings."""
    return sorted(kind for kind, found in CARRIERS.items() if found == carrier and kind != TRAIN)
