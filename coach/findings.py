"""A finding: what is going wrong with a training, by which evidence, and what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spec.diagnosis import Severity


@dataclass(frozen=True)
class Remedy:
    """What to do: a move of a technique on the job's spec.

    Attributes:
        title: What it does, as an imperative.
        reason: Why it helps here, in a sentence.
        technique: The name of the technique.
        parameters: Of the technique.
        patch: RFC 6902 operations on the job's spec; the result passes the check.
    """

    title: str
    reason: str
    technique: str
    patch: Sequence[Mapping[str, Any]]
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Found:
    """What a rule found, before it is compared with what others found.

    Attributes:
        rule: The rule's name.
        severity: How sure and how bad, by this rule alone.
        measured: What was measured, in the rule's unit.
        threshold: What it was compared with.
        explanation: Two plain sentences: what was seen, and what follows from it.
        layer: The layer's name, where it is about one.
        epoch: The first that shows it; None where the spec alone does.
        last_epoch: Until when it held; None where it is not about epochs.
        unit: Of what was measured and of the threshold, where it is another than the rule's own: a rule with several
            criteria tells of the one that shows.
    """

    rule: str
    severity: Severity
    measured: float
    threshold: float
    explanation: str
    layer: str | None = None
    epoch: int | None = None
    last_epoch: int | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Finding:
    """What the coach tells.

    Attributes:
        found: By the rule.
        severity: After all that is known: never graver than the rule's own.
        is_cause: Whether no other finding explains it.
        explained_by: The rule that does, where one does.
        remedies: What to do, the most promising first.
    """

    found: Found
    severity: Severity
    is_cause: bool
    explained_by: str | None = None
    remedies: Sequence[Remedy] = ()
