"""How sentences name layers."""

from collections.abc import Sequence

from spec.datasets.facts import DatasetFacts
from spec.language.sentences import enumeration, quoted

_MOST_NAMES = 3


def layers_called(names: Sequence[str], kind: str = "") -> str:
    """Layers with their names; of many, the number with the first and the last.

    Args:
        names: At least one.
        kind: An adjective, such as "hidden".
    """
    noun = f"{kind} layer".strip()
    if len(names) == 1:
        return f"the {noun} {quoted(names[0])}"
    if len(names) <= _MOST_NAMES:
        return f"the {noun}s {enumeration(map(quoted, names))}"
    return f"the {len(names)} {noun}s from {quoted(names[0])} to {quoted(names[-1])}"


def percent(share: float) -> str:
    """A share as a percentage of two digits that count, however small it is."""
    return f"{float(f'{100 * share:.2g}'):g}%"


def times(number: float) -> str:
    """How many times, to three digits that count, as people write it: 121,000 and not 1.21e+05."""
    rounded_number = float(f"{number:.3g}")
    return f"{rounded_number:,.0f}" if 1000 <= rounded_number < 1e12 else f"{rounded_number:.3g}"  # noqa: PLR2004 -- from there on nobody counts zeros


def capitalized(sentence: str) -> str:
    """With a capital letter at the beginning, and all others as they are."""
    return sentence[:1].upper() + sentence[1:]


def target_called(facts: DatasetFacts) -> str:
    """What a network is to tell, as in "the target is one of 10 classes"."""
    if facts.classes is not None:
        return f"one of {facts.classes} classes"
    return f"{facts.target_units} labels" if facts.target == "labels" else "a number"
