"""What a rule is: one illness, how it shows, and what helps against it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from coach.findings import Found
from coach.reading.case import Case
from spec.diagnosis import RULES


@dataclass(frozen=True)
class Prescription:
    """A technique that helps against an illness.

    Attributes:
        technique: Its name.
        reason: Why it helps against this illness, in a sentence.
        parameters: Of the technique.
    """

    technique: str
    reason: str
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Rule(ABC):
    """Base of the rules: one subclass in one file of this folder, and an instance of it in `coach.rules.ALL`.

    Class attributes:
        NAME: Of `spec.diagnosis.RULES`, which has title, threshold and unit.
        SOURCE: Who says so: the paper, book or tool that the threshold or its form comes from, and how it was argued.
        CAUSES: Names of the rules whose illness this one brings about, directly.
        REMEDIES: What helps, the most promising first.
    """

    NAME: ClassVar[str]
    SOURCE: ClassVar[str]
    CAUSES: ClassVar[tuple[str, ...]] = ()
    REMEDIES: ClassVar[tuple[Prescription, ...]] = ()

    @abstractmethod
    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """What of this illness shows.

        Args:
            case: All that is known of a job, and what is read off it.
            threshold: The rule's, or the job's own.
        """

    @classmethod
    def relative(cls, threshold: float) -> float:
        """How many times as large as the rule's own a threshold is: other criteria of the rule move with it."""
        return threshold / RULES[cls.NAME].threshold

    @property
    def title(self) -> str:
        """The illness in a few words."""
        return RULES[self.NAME].title

    @property
    def unit(self) -> str:
        """Of what is measured."""
        return RULES[self.NAME].unit
