"""What results tell of a user's data set, which stays short whatever its columns and values are."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

MOST_TOLD_BYTES = 2**20
"""Of what results tell of all that was fitted: they are stored in SQL."""

LONGEST_TOLD = 256
"""Characters of a value that results tell, which is as long as the name of a column can be."""

_LONG = (100, 10)
"""Lists are left out from there on, where there is too much to tell; shorter ones if it is still too much."""


def shortened(fitted: dict[str, Any], most_bytes: int = MOST_TOLD_BYTES) -> dict[str, Any]:
    """What results tell of what was fitted: all of it, or all but its long lists.

    Args:
        fitted: As `Fitted.told` makes it.
        most_bytes: From there on, long lists are replaced by null, long values are cut, and ``is_shortened`` says so.
    """
    if len(json.dumps(fitted)) <= most_bytes:
        return fitted | {"is_shortened": False}
    short = fitted
    for longest in _LONG:
        short = _shorter(fitted, longest)
        if len(json.dumps(short)) <= most_bytes:
            break
    return short | {"is_shortened": True}


def data_told(told: Mapping[str, Any]) -> dict[str, Any]:
    """Its classes, unless their names are too long, what was fitted, and what is doubtful.

    Args:
        told: As `worker.trainer.data.prepared.PreparedData` has it; nothing of a built-in data set.
    """
    if not told:
        return {}
    classes, warnings = told["classes"], list(told["warnings"])
    if classes is not None and len(json.dumps(classes)) > MOST_TOLD_BYTES:
        classes = None
    return {"classes": classes, "preprocessing": shortened(told["preprocessing"]), "warnings": warnings}


def target_names(told: Mapping[str, Any]) -> Sequence[str] | None:
    """Of the classes, labels or numbers of the target, as people read them; None of a built-in data set.

    Args:
        told: Likewise.
    """
    target = told.get("preprocessing", {}).get("target", {})
    names = target.get("classes") or target.get("labels")
    return names and [_cut(name) for name in names]


def _cut(value: str) -> str:
    """As much of a value as results tell."""
    return value if len(value) <= LONGEST_TOLD else f"{value[: LONGEST_TOLD - 1]}…"


def _shorter(value: Any, longest: int) -> Any:  # noqa: ANN401 -- any JSON
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {_cut(name): _shorter(member, longest) for name, member in members.items()}
    if isinstance(value, str):
        return _cut(value)
    if not isinstance(value, list):
        return value
    items = cast("list[Any]", value)
    is_of_objects = bool(items) and isinstance(items[0], dict)
    return None if len(items) > longest and not is_of_objects else [_shorter(item, longest) for item in items]
