"""Rows of the database as documents: which of a row's fields a document shows, its model alone says."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, TypeVar, get_args, get_type_hints

from pydantic import BaseModel

from api.answers.documents import fragment, time

_Row = TypeVar("_Row")


def document_of(
    model: type[BaseModel],
    row: type[_Row],
    made: Mapping[str, Callable[[_Row], object]] | None = None,
    beside: Collection[str] = (),
) -> Callable[[_Row], dict[str, Any]]:
    """What writes such rows as documents of the model, with all its fields in their order.

    A field is what the row has under its name: a moment as the contract spells it; or, if the row has ``<name>_json``,
    that JSON as it stands. A field that is always the same, such as ``object``, is its default.

    Args:
        model: The document.
        row: The class of the rows; its annotations tell what they have.
        made: By its name what is made of the whole row.
        beside: What is no part of the row: None, until the caller fills it in.

    Raises:
        TypeError: If the model shows what the row has not, or does not show what is made for it.
    """
    has = get_type_hints(row)
    made = made or {}
    if unknown := {*made, *beside} - model.model_fields.keys():
        raise TypeError(f"{model.__name__} does not show {sorted(unknown)}.")
    members: list[str] = []
    for name, field in model.model_fields.items():
        if name in made:
            value = f"make_{name}(row)"
        elif name in beside:
            value = "None"
        elif name in has:
            value = f"time(row.{name})" if datetime in (has[name], *get_args(has[name])) else f"row.{name}"
        elif f"{name}_json" in has:
            value = f"fragment(row.{name}_json)"
        elif not field.is_required():
            value = repr(field.default)
        else:
            raise TypeError(f'{row.__name__} has no "{name}", which {model.__name__} shows.')
        members.append(f"{name!r}: {value}")
    # Written out as by hand, like the methods of a dataclass: a loop over the fields takes half as long again.
    known = {"time": time, "fragment": fragment, **{f"make_{name}": make for name, make in made.items()}}
    return eval(f"lambda row: {{{', '.join(members)}}}", known)  # noqa: S307 -- of names in this code alone
