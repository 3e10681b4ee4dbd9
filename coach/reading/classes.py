"""How many rows each class has, and whether a network finds the rare ones."""

from coach.evidence import Evidence

NO_BETTER = 0.25
"""Of the way from guessing to finding all rows of all classes: below it little is said but the commonest class."""


def rows_ratio_seen(evidence: Evidence) -> float | None:
    """How many times as many training rows the commonest class has as the rarest; None before they are known."""
    counts = () if evidence.start is None else [one for one in evidence.start.class_rows if one]
    return max(counts) / min(counts) if counts else None


def balanced_way(evidence: Evidence) -> float | None:
    """How far a network came from guessing (0) to finding all rows of all classes (1), each class counting the same.

    Returns:
        None before it was evaluated.
    """
    found, classes = evidence.evaluated.get("balanced_accuracy"), evidence.job.facts.classes
    if found is None or classes is None or classes < 2:  # noqa: PLR2004 -- one class is always found
        return None
    return (found - 1 / classes) / (1 - 1 / classes)


def overlooks_rare_classes(evidence: Evidence) -> bool:
    """Whether classes are rare, and the network says hardly anything but the commonest ones.

    Its accuracy may be as high as that of any other model then: it is no better than always saying the same.
    """
    ratio, way = rows_ratio_seen(evidence), balanced_way(evidence)
    threshold = evidence.job.spec.coach.threshold_of("class_imbalance")
    if ratio is None or way is None or threshold is None:
        return False
    return ratio >= threshold and way < NO_BETTER
