"""What all rules about the columns of a user's data set have in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spec.datasets.choice import DatasetSpec
from spec.datasets.column_facts import ColumnFacts
from spec.datasets.facts import DatasetFacts
from spec.language.faults import Fault


@dataclass(frozen=True)
class ColumnRules(ABC):
    """Rules about how a job uses the columns of a user's data set.

    Attributes:
        dataset: What the job says.
        facts: Of the whole data set.
        by_name: Its columns.
    """

    dataset: DatasetSpec
    facts: DatasetFacts
    by_name: Mapping[str, ColumnFacts]

    @abstractmethod
    def faults(self) -> Iterator[Fault]:
        """Whatever is wrong."""
