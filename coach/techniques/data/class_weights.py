"""Class weights."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.techniques.technique import NoParameters, Technique
from spec.datasets.choice import dataset_of
from spec.datasets.facts import DatasetFacts

_EQUAL = 1.2
"""Up to so many times as many rows of one class as of another, weights change nothing that matters."""


class ClassWeights(Technique[NoParameters]):
    """Rare classes count as much as common ones."""

    NAME = "class_weights"
    TITLE = "Class weights"
    PURPOSE = "Each class gets the same total weight in the loss, so rare classes are not ignored."
    SECTION = None
    SOURCE = "King and Zeng (2001), Logistic regression in rare events data"
    PARAMETERS = NoParameters

    def move(self, job: CoachedJob, parameters: NoParameters) -> Move | NotApplicable:
        """Weights that the service computes from the training rows."""
        del parameters
        facts = job.facts
        if facts.classes is None:
            return NotApplicable("The target has no classes that could be weighted.")
        if job.spec.training.class_weight is not None:
            return NotApplicable("The classes have weights already.")
        if dataset_of(job.spec.dataset).sample_weight is not None:
            return NotApplicable("The rows have weights of their own already.")
        ratio = rows_ratio(facts)
        if ratio is not None and ratio < _EQUAL:
            return NotApplicable("All classes have nearly the same number of rows.")
        draft = Draft(job)
        draft.training["class_weight"] = "balanced"
        if ratio is None:
            return draft.move(f"Each of the {facts.classes} classes gets the same total weight, however rare it is.")
        return draft.move(f"The commonest class has {ratio:,.3g} times as many rows as the rarest, and as much weight.")


def rows_ratio(facts: DatasetFacts) -> float | None:
    """How many times as many rows the commonest class has as the rarest, where that is known of all rows."""
    target = next((column for column in facts.read if column.name == facts.target_column), None)
    counts = () if target is None or target.counts is None else [one.count for one in target.counts]
    return max(counts) / min(counts) if counts and min(counts) else None
