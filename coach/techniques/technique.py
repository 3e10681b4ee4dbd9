"""What a technique is: a move on the spec of a job, small and minimal, that says what it is for and why here."""

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from spec.language.declared import Section


class NoParameters(Section):
    """Of a technique that takes none."""


P = TypeVar("P", bound=Section)


class Technique(ABC, Generic[P]):
    """Base of the techniques: one subclass in one file of this folder, and an instance of it in `TECHNIQUES`.

    A move applied to its own result is `NotApplicable`.

    Class attributes:
        NAME: In snake_case.
        TITLE: As a heading.
        PURPOSE: What it is for, in a sentence.
        SECTION: The section of the notebook that has it; None where it has none.
        SOURCE: Who proposed it: authors, title, year.
        PARAMETERS: What may be said of it, all with defaults.
    """

    NAME: ClassVar[str]
    TITLE: ClassVar[str]
    PURPOSE: ClassVar[str]
    SECTION: ClassVar[str | None]
    SOURCE: ClassVar[str]
    PARAMETERS: type[P]

    @abstractmethod
    def move(self, job: CoachedJob, parameters: P) -> Move | NotApplicable:
        """The technique on this job.

        Args:
            job: A sound job.
            parameters: Checked.
        """
