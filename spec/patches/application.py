"""JSON Patch (RFC 6902) on a spec, bounded in what it may cost.

The operations are written here because a patch comes from outside: `copy` can double a document with each operation,
and every fault has to name the operation it lies in.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from spec.language.faults import Fault, Location, pointer
from spec.language.json_bounds import MAX_DEPTH
from spec.language.suggestions import nearest
from spec.patches.operations import MAX_OPERATIONS, Name, Operation, PatchFaulty

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)
_LONGEST_SUGGESTION = 200
"""Characters of a pointer that is suggested; the patch may hold one of any length."""


class _Refused(Exception):
    """The document does not allow an operation; ``member`` is what of it is at fault, ``suggestion`` what was meant."""

    def __init__(self, member: str, code: str, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.member = member
        self.code = code
        self.suggestion = suggestion


@dataclass
class Budget:
    """What all operations of a patch together may still copy."""

    values: int
    characters: int


@dataclass
class Patched:
    """A document and which operation last wrote where.

    Attributes:
        document: It.
        written: Number of the operation, and the location it wrote; kept true while arrays shift.
    """

    document: Any
    written: list[tuple[int, Location]] = field(default_factory=list[tuple[int, Location]])

    def writer_of(self, location: str) -> tuple[int, str] | None:
        """The last operation that wrote what a pointer points at, or what is around it, and the rest of the pointer."""
        for number, place in reversed(self.written):
            at = pointer(place)
            if location == at or location.startswith(f"{at}/"):
                return number, location[len(at) :]
        return None


def apply(document: Any, operations: list[Operation], budget: Budget) -> Patched:  # noqa: ANN401 -- any JSON value
    """The document after the operations, one after the other; the one given is changed.

    Raises:
        PatchFaulty: At the first operation that the document does not allow, or that costs more than is left.
    """
    patched = Patched(document)
    for number, operation in enumerate(operations):
        try:
            _ACTS[operation.op](patched, number, operation, budget)
        except _Refused as error:
            place = pointer((number, error.member))
            fault = Fault(pointer=place, message=str(error), code=error.code, suggestion=error.suggestion)
            raise PatchFaulty([fault]) from None
    return patched


def _add(patched: Patched, number: int, operation: Operation, budget: Budget) -> None:
    _put(patched, number, operation.path, _copied(operation.value, budget))


def _remove(patched: Patched, number: int, operation: Operation, budget: Budget) -> None:
    del budget
    at, _ = _take(patched, operation.path, "path")
    # In an array another member stands there now, of which this operation wrote nothing.
    if isinstance(at[-1], str):
        patched.written.append((number, at))


def _replace(patched: Patched, number: int, operation: Operation, budget: Budget) -> None:
    value = _copied(operation.value, budget)
    if operation.path:
        parent, step, at = _existing(patched.document, operation.path, "path")
        _check_depth(at, value)
        parent[step] = value
        patched.written.append((number, at))
    else:
        _put(patched, number, (), value)


def _move(patched: Patched, number: int, operation: Operation, budget: Budget) -> None:
    source, target = operation.source, operation.path
    if source == target:
        _found(patched.document, source, "from")
        return
    if target[: len(source)] == source:
        raise _Refused("path", "moved_into_itself", "A value cannot be moved into itself.")
    _, value = _take(patched, source, "from")
    _put(patched, number, target, _copied(value, budget))


def _copy(patched: Patched, number: int, operation: Operation, budget: Budget) -> None:
    value = _copied(_found(patched.document, operation.source, "from"), budget)
    _put(patched, number, operation.path, value)


def _test(patched: Patched, number: int, operation: Operation, budget: Budget) -> None:
    del number, budget
    if not _is_same(_found(patched.document, operation.path, "path"), operation.value):
        raise _Refused("value", "test_failed", "The parent's spec has a different value here.")


_ACTS: dict[Name, Callable[[Patched, int, Operation, Budget], None]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}


def _put(patched: Patched, number: int, path: tuple[str, ...], value: Any) -> None:  # noqa: ANN401 -- any JSON value
    if not path:
        patched.document = value
        patched.written.append((number, ()))
        return
    parent, steps = _walk(patched.document, path, "path", parts=len(path) - 1)
    step = path[-1]
    if isinstance(parent, dict):
        at = (*steps, step)
        _check_depth(at, value)
        parent[step] = value
    elif isinstance(parent, list):
        members = cast("list[Any]", parent)
        index = len(members) if step == "-" else _index(step, len(members), "path")
        at = (*steps, index)
        _check_depth(at, value)
        members.insert(index, value)
        patched.written = [(by, _shifted(place, at, 1)) for by, place in patched.written]
    else:
        raise _Refused("path", "path_not_found", "The value that would contain this is neither an object nor an array.")
    patched.written.append((number, at))


def _take(patched: Patched, path: tuple[str, ...], member: str) -> tuple[Location, Any]:
    """Take a value out; returns where it was, and it."""
    if not path:
        raise _Refused(member, "whole_document", "The whole spec cannot be removed.")
    parent, step, at = _existing(patched.document, path, member)
    value = parent.pop(step)
    kept = [(by, place) for by, place in patched.written if place[: len(at)] != at]
    patched.written = [(by, _shifted(place, at, -1)) for by, place in kept] if isinstance(parent, list) else kept
    return at, value


def _found(document: Any, path: tuple[str, ...], member: str) -> Any:  # noqa: ANN401 -- any JSON value
    return _walk(document, path, member, parts=len(path))[0]


def _existing(document: Any, path: tuple[str, ...], member: str) -> tuple[Any, Any, Location]:  # noqa: ANN401 -- as above
    """What holds the value at a path, the step to it, and its location."""
    parent, steps = _walk(document, path, member, parts=len(path) - 1)
    step = _step(parent, path, len(path) - 1, member)
    return parent, step, (*steps, step)


def _walk(document: Any, path: tuple[str, ...], member: str, *, parts: int) -> tuple[Any, Location]:  # noqa: ANN401 -- as above
    """What the first so many parts of a path lead to, and its location."""
    current, location = document, ()
    for number in range(parts):
        step = _step(current, path, number, member)
        current = current[step]
        location = (*location, step)
    return current, location


def _step(parent: Any, path: tuple[str, ...], number: int, member: str) -> int | str:  # noqa: ANN401 -- as above
    part = path[number]
    if isinstance(parent, dict):
        if part in parent:
            return part
        members = cast("dict[str, Any]", parent)
        near = nearest(part, list(members)[:MAX_OPERATIONS])
        meant = "" if near is None else pointer((*path[:number], near, *path[number + 1 :]))
        suggestion = meant if 0 < len(meant) <= _LONGEST_SUGGESTION else None
        raise _Refused(member, "path_not_found", f'"{part[:100]}" does not exist here.', suggestion)
    if isinstance(parent, list):
        return _index(part, len(cast("list[Any]", parent)) - 1, member)
    raise _Refused(
        member, "path_not_found", f'"{part[:100]}" does not exist here: the value is neither an object nor an array.'
    )


def _index(part: str, last: int, member: str) -> int:
    if not part.isdecimal() and part != "-":
        raise _Refused(member, "array_index", f'"{part[:100]}" is not an array index.')
    if not _INDEX.fullmatch(part) or int(part) > last:
        raise _Refused(member, "path_not_found", f'The array has no element at index "{part[:100]}".')
    return int(part)


def _shifted(place: Location, at: Location, by: int) -> Location:
    """A location after a member was put into, or taken from, an array at ``at``."""
    depth = len(at) - 1
    if len(place) <= depth or place[:depth] != at[:depth]:
        return place
    index, limit = place[depth], at[depth]
    if isinstance(index, int) and isinstance(limit, int) and index >= limit:
        return (*place[:depth], index + by, *place[depth + 1 :])
    return place


def _copied(value: Any, budget: Budget) -> Any:  # noqa: ANN401 -- any JSON value
    budget.values -= 1
    if isinstance(value, str):
        budget.characters -= len(value)
    if budget.values < 0 or budget.characters < 0:
        raise _Refused("path", "patch_too_large", "The operations up to this one write more than a spec can hold.")
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        budget.characters -= sum(map(len, members))
        return {name: _copied(member, budget) for name, member in members.items()}
    if isinstance(value, list):
        return [_copied(member, budget) for member in cast("list[Any]", value)]
    return value


def _check_depth(at: Location, value: Any) -> None:  # noqa: ANN401 -- any JSON value
    if len(at) + _depth(value) > MAX_DEPTH:
        raise _Refused(
            "path", "nested_too_deeply", f"Arrays and objects can be nested at most {MAX_DEPTH} levels deep."
        )


def _depth(value: Any) -> int:  # noqa: ANN401 -- any JSON value
    """Of what is no deeper than `MAX_DEPTH` itself: a body is not, and no document here ever becomes so."""
    members: list[Any] = []
    if isinstance(value, dict):
        members = list(cast("dict[str, Any]", value).values())
    elif isinstance(value, list):
        members = cast("list[Any]", value)
    else:
        return 0
    return 1 + max(map(_depth, members), default=0)


def _is_same(left: Any, right: Any) -> bool:  # noqa: ANN401 -- any JSON values
    """Equality of RFC 6902: numbers by value, and true is no number."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        ours, theirs = cast("dict[str, Any]", left), cast("dict[str, Any]", right)
        return ours.keys() == theirs.keys() and all(_is_same(ours[name], theirs[name]) for name in ours)
    if isinstance(left, list) and isinstance(right, list):
        mine, other = cast("list[Any]", left), cast("list[Any]", right)
        return len(mine) == len(other) and all(map(_is_same, mine, other))
    return left == right
