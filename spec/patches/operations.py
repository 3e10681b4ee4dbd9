"""The operations of a JSON Patch (RFC 6902), read from what was sent with all its faults."""

import re
from dataclasses import dataclass
from typing import Any, Literal, cast

from spec.language.faults import Fault, pointer
from spec.language.suggestions import nearest

MAX_OPERATIONS = 100

_MEMBERS = {
    "add": ("path", "value"),
    "remove": ("path",),
    "replace": ("path", "value"),
    "move": ("from", "path"),
    "copy": ("from", "path"),
    "test": ("path", "value"),
}
_ESCAPE = re.compile(r"~(?![01])")
_MOST_UNKNOWN = 20
"""Unknown fields of one operation that are told."""

Name = Literal["add", "remove", "replace", "move", "copy", "test"]


class PatchFaulty(Exception):
    """A patch that is none, or that the document does not allow.

    Attributes:
        faults: Pointers into the patch.
    """

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("The patch is invalid.")
        self.faults = faults


@dataclass(frozen=True)
class Operation:
    """One operation; ``source`` is the location in ``from``."""

    op: Name
    path: tuple[str, ...]
    source: tuple[str, ...] = ()
    value: Any = None


def read_patch(said: object) -> list[Operation]:
    """The operations of a patch.

    Args:
        said: A JSON value.

    Raises:
        PatchFaulty: With all that is wrong in it.
    """
    if not isinstance(said, list):
        raise PatchFaulty([Fault(pointer="", message="A patch must be an array of operations.", code="patch_type")])
    listed = cast("list[object]", said)
    if len(listed) > MAX_OPERATIONS:
        message = f"A patch can have at most {MAX_OPERATIONS} operations."
        raise PatchFaulty([Fault(pointer="", message=message, code="too_many_operations")])
    faults: list[Fault] = []
    operations = [_read_operation(operation, number, faults) for number, operation in enumerate(listed)]
    if faults:
        raise PatchFaulty(faults)
    return [operation for operation in operations if operation is not None]


def _read_operation(said: object, number: int, faults: list[Fault]) -> Operation | None:
    if not isinstance(said, dict):
        faults.append(Fault(pointer=pointer((number,)), message="An operation must be an object.", code="model_type"))
        return None
    members = cast("dict[str, Any]", said)
    op = members.get("op")
    if not isinstance(op, str) or op not in _MEMBERS:
        known = ", ".join(f"`{name}`" for name in _MEMBERS)
        code = "unknown_operation" if "op" in members else "missing"
        faults.append(_fault_of(number, "op", code, f"`op` must be one of {known}.", nearest(op, _MEMBERS)))
        return None
    wanted = _MEMBERS[op]
    before = len(faults)
    for name in list(members)[:_MOST_UNKNOWN]:
        if name not in {"op", *wanted}:
            message = f'"{name[:100]}" is not a field of the operation "{op}".'
            faults.append(_fault_of(number, name, "unknown_field", message, nearest(name, wanted)))
    faults.extend(
        _fault_of(number, name, "missing", "This field is required.") for name in wanted if name not in members
    )
    locations: dict[str, tuple[str, ...]] = {}
    for name in ("path", "from"):  # in this order: one of a set is another in each process
        if name not in members:
            continue
        location = _location(members[name])
        if location is None:
            message = "This is not a JSON Pointer. It must be empty or begin with `/`, and `~` is written as `~0`."
            faults.append(_fault_of(number, name, "json_pointer", message))
        else:
            locations[name] = location
    if len(faults) > before:
        return None
    return Operation(cast("Name", op), locations["path"], locations.get("from", ()), members.get("value"))


def _fault_of(number: int, member: str, code: str, message: str, suggestion: str | None = None) -> Fault:
    return Fault(pointer=pointer((number, member)), message=message, code=code, suggestion=suggestion)


def _location(said: object) -> tuple[str, ...] | None:
    if not isinstance(said, str) or (said and not said.startswith("/")) or _ESCAPE.search(said):
        return None
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in said.split("/")[1:])
