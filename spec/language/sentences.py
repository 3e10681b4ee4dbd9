"""What the validator finds wrong with one value, in sentences for the people who sent it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

Context = Mapping[str, Any]


_NAMES: Mapping[type, str] = {
    type(None): "null",
    int: "a number",
    float: "a number",
    str: "a string",
    dict: "an object",
}


def _sent(value: object) -> str:
    """What a JSON value is called after "not"."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NAMES.get(type(value), "a list")


def _must_be(wanted: str) -> Callable[[object, Context], str]:
    def sentence(value: object, context: Context) -> str:
        del context
        return f"This must be {wanted}, not {_sent(value)}."

    return sentence


def _whole_number(value: object, context: Context) -> str:
    del context
    if isinstance(value, float):
        return "This must be a whole number, written without a decimal point."
    return f"This must be a whole number, not {_sent(value)}."


def _only(text: str) -> Callable[[object, Context], str]:
    def sentence(value: object, context: Context) -> str:
        del value, context
        return text

    return sentence


def _bound(words: str, name: str) -> Callable[[object, Context], str]:
    def sentence(value: object, context: Context) -> str:
        del value
        return f"This must be {words} {_number(context[name])}."

    return sentence


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A number of things, as ``1 epoch`` or ``1,000 epochs``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {plural or noun + 's'}"


def quoted(value: object) -> str:
    """A value as it was sent, or as it is to be sent."""
    return f'"{value}"'


def enumeration(words: Iterable[str], conjunction: str = "and") -> str:
    """Words as a sentence lists them: ``a``, ``a and b``, ``a, b and c``."""
    *most, last = words
    return f"{', '.join(most)} {conjunction} {last}" if most else last


def _too_short(value: object, context: Context) -> str:
    noun = "entry" if isinstance(value, dict) else "item"
    least = context["min_length"]
    return f"This needs at least one {noun}." if least == 1 else f"This needs at least {counted(least, noun)}."


def _too_long(value: object, context: Context) -> str:
    noun = "field" if isinstance(value, dict) else "item"
    return f"This can have at most {counted(context['max_length'], noun)}."


def _string_too_short(value: object, context: Context) -> str:
    del value
    least = context["min_length"]
    return "This must not be empty." if least == 1 else f"This needs at least {counted(least, 'character')}."


def _string_too_long(value: object, context: Context) -> str:
    del value
    return f"This can have at most {counted(context['max_length'], 'character')}."


def _a_number(value: object, context: Context) -> str:
    is_too_large = isinstance(value, int) and not isinstance(value, bool)
    return (_OUT_OF_RANGE if is_too_large else _NUMBER)(value, context)


def _one_of(value: object, context: Context) -> str:
    del value
    # The validator quotes as Python does, and its words are what was declared.
    choices = str(context["expected"]).replace("'", '"').replace("False", "false").replace("True", "true")
    return f"This must be {choices}."


def _in_the_validators_words(value: object, context: Context) -> str:
    """What one of the service's own checks found."""
    del value
    return str(context["error"])


def _time(value: object, context: Context) -> str:
    del value
    return f"This is not a valid time ({context['error']}). {_SUCH_AS}"


_SUCH_AS = "Write a time such as 2026-01-31T12:00:00Z."
_OBJECT = _must_be("an object")
_LIST = _must_be("a list")
_NUMBER = _must_be("a number")
_OUT_OF_RANGE = _only("This number is out of range.")

_SENTENCES: Mapping[str, Callable[[object, Context], str]] = {
    "missing": _only("This field is required."),
    "extra_forbidden": _only("This field is not known."),
    "invalid_key": _only("The names of an object's fields must be strings."),
    "none_required": _must_be("null"),
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "too_short": _too_short,
    "too_long": _too_long,
    "bool_type": _must_be("true or false"),
    "bool_parsing": _only("This must be true or false."),
    "int_type": _whole_number,
    "int_parsing": _only("This must be a whole number."),
    "int_from_float": _whole_number,
    "int_parsing_size": _OUT_OF_RANGE,
    "float_type": _a_number,
    "float_parsing": _only("This must be a number."),
    "finite_number": _only("This must be a finite number."),
    "greater_than": _bound("greater than", "gt"),
    "greater_than_equal": _bound("at least", "ge"),
    "less_than": _bound("less than", "lt"),
    "less_than_equal": _bound("at most", "le"),
    "string_type": _must_be("a string"),
    "string_too_short": _string_too_short,
    "string_too_long": _string_too_long,
    "literal_error": _one_of,
    "enum": _one_of,
    "value_error": _in_the_validators_words,
    "datetime_type": _only("This must be a time such as 2026-01-31T12:00:00Z."),
    "datetime_parsing": _time,
    "datetime_from_date_parsing": _time,
    "datetime_object_invalid": _time,
    "timezone_aware": _only("This time needs an offset from UTC, such as Z or +02:00."),
}
"""The validator's kinds of fault -> what is said of them."""

_ANY = "This value is not accepted here."


def sentence_of(line: ErrorDetails) -> str:
    """What is said of one line of a ``ValidationError``: never the validator's own words.

    A line that `spec.language.faults.fault_error` made carries its sentence with it.
    """
    context: Context = line.get("ctx", {})
    if "sentence" in context:
        return str(context["sentence"])
    say = _SENTENCES.get(line["type"])
    return _ANY if say is None else say(line.get("input"), context)
