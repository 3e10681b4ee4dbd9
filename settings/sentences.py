"""What is wrong with the value of a variable, in sentences for whoever set it; never the validator's own words."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

Context = Mapping[str, Any]


def either(words: Iterable[str]) -> str:
    """Words of which one is to be chosen: ``a``, ``a or b``, ``a, b or c``."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def _only(text: str) -> Callable[[Context], str]:
    def sentence(context: Context) -> str:
        del context
        return text

    return sentence


def _bound(words: str, name: str) -> Callable[[Context], str]:
    def sentence(context: Context) -> str:
        bound = context[name]
        return f"This must be {words} {f'{bound:,}' if isinstance(bound, int) else f'{bound:g}'}."

    return sentence


def _one_of(context: Context) -> str:
    # The validator quotes as Python does.
    return f"This must be {context['expected']}.".replace("'", '"')


_SENTENCES: Mapping[str, Callable[[Context], str]] = {
    "int_parsing": _only("This must be a whole number."),
    "int_from_float": _only("This must be a whole number."),
    "int_parsing_size": _only("This number is out of range."),
    "float_parsing": _only("This must be a number."),
    "bool_parsing": _only("This must be true or false."),
    "greater_than": _bound("greater than", "gt"),
    "greater_than_equal": _bound("at least", "ge"),
    "less_than": _bound("less than", "lt"),
    "less_than_equal": _bound("at most", "le"),
    "literal_error": _one_of,
    "value_error": lambda context: str(context["error"]),
}
"""The validator's kinds of fault -> what is said of them."""

_ANY = "This value is not accepted."


def sentence_of(line: ErrorDetails) -> str:
    """What is said of one line of a ``ValidationError``; it does not repeat the value, which may be secret."""
    say = _SENTENCES.get(line["type"])
    return _ANY if say is None else say(line.get("ctx", {}))
