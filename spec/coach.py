"""What a job is watched for while it trains, and whether the coach may repair it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, cast

from pydantic import AfterValidator, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, InitErrorDetails, core_schema

from spec.diagnosis import RULES
from spec.language.declared import Section
from spec.language.faults import fault_error, raise_faults
from spec.language.suggestions import nearest

MOST_REPAIR_JOBS = 32
MOST_REPEATS = 10


class RuleSpec(Section):
    """How a rule of the coach is applied to a job.

    Attributes:
        threshold: With which what was measured is compared, in the unit of the rule's findings.
    """

    threshold: float


@dataclass(frozen=True)
class _SwitchOrRule:
    """Annotation of what is said of a rule: a switch or an object, whose faults keep their own place."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._read, handler(source))

    @staticmethod
    def _read(value: object, _inner: Callable[[object], object]) -> object:
        if isinstance(value, bool | RuleSpec):
            return value
        if not isinstance(value, dict):
            sentence = "This must be true, false, or an object with a `threshold`."
            raise_faults([fault_error("rule_type", sentence)])
        return RuleSpec.model_validate(value)


def _check_rules(said: dict[str, bool | RuleSpec]) -> dict[str, bool | RuleSpec]:
    lines: list[InitErrorDetails] = []
    for name, rule in said.items():
        known = RULES.get(name)
        if known is None:
            sentence = f'"{name[:100]}" is not a known rule.'
            near = nearest(name, RULES)
            lines.append(fault_error("unknown_rule", sentence, at=(name,), suggestion=near))
        elif isinstance(rule, RuleSpec) and not known.least <= rule.threshold <= known.most:
            sentence = f"The threshold of this rule must be between {known.least:g} and {known.most:g}."
            lines.append(fault_error("threshold_range", sentence, at=(name, "threshold")))
    raise_faults(lines)
    return said


class CoachSpec(Section):
    """What is measured inside a training beside its metrics, and what the coach may do. No number changes by it.

    Attributes:
        signals: Whether signals of every layer are measured after each epoch, for `GET /v1/jobs/{id}/signals`. They are
            unless this is false.
        rules: Rules of the coach that are left out (`false`), or have another `threshold`.
        repair: Whether the coach may stop a training that does not learn, and try remedies in jobs of their own.
        max_jobs: How many remedies a repair may try.
        repeats: On how many seeds the best remedy is compared with the original.
    """

    signals: bool = True
    rules: Annotated[
        dict[str, Annotated[bool | RuleSpec, _SwitchOrRule()]], Field(max_length=100), AfterValidator(_check_rules)
    ] = Field(default_factory=lambda: cast("dict[str, bool | RuleSpec]", {}))
    repair: bool = False
    max_jobs: Annotated[int, Field(ge=1, le=MOST_REPAIR_JOBS)] = 6
    repeats: Annotated[int, Field(ge=1, le=MOST_REPEATS)] = 3

    def threshold_of(self, rule: str) -> float | None:
        """With which a rule compares in this job; None where the job leaves it out."""
        said = self.rules.get(rule, True)
        if isinstance(said, RuleSpec):
            return said.threshold
        return RULES[rule].threshold if said else None
