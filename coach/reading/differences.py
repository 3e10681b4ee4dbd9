"""The smallest patch that makes one JSON document of another, where it is known which members of lists are the same."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from spec.language.faults import Location, pointer

Operation = dict[str, Any]


class Copy:
    """A copy of a JSON document that may be changed, and remembers of each object in a list which one it was.

    Attributes:
        document: The copy.
    """

    def __init__(self, original: Mapping[str, Any]) -> None:
        self._original = original
        self._places: dict[int, int] = {}
        self._members: list[Any] = []  # kept, so that no other object gets the id of one that was taken out
        self.document: dict[str, Any] = self._copied(original)

    def _copied(self, value: Any) -> Any:  # noqa: ANN401 -- any JSON value
        if isinstance(value, Mapping):
            return {name: self._copied(member) for name, member in cast("Mapping[str, Any]", value).items()}
        if isinstance(value, list | tuple):
            members = [self._copied(member) for member in cast("Sequence[Any]", value)]
            self._members += members
            self._places |= {id(member): place for place, member in enumerate(members) if isinstance(member, dict)}
            return members
        return value

    def patch(self) -> list[Operation]:
        """The operations (RFC 6902) that make the changed copy of the original; none of them is without effect."""
        return list(self._between(self._original, self.document, ()))

    def _between(self, old: Any, new: Any, at: Location) -> Iterator[Operation]:  # noqa: ANN401 -- any JSON values
        if is_same(old, new):
            return
        if isinstance(old, Mapping) and isinstance(new, dict):
            yield from self._of_objects(cast("Mapping[str, Any]", old), cast("dict[str, Any]", new), at)
        elif isinstance(old, list | tuple) and isinstance(new, list):
            yield from self._of_lists(cast("Sequence[Any]", old), cast("list[Any]", new), at)
        else:
            yield {"op": "replace", "path": pointer(at), "value": new}

    def _of_objects(self, old: Mapping[str, Any], new: dict[str, Any], at: Location) -> Iterator[Operation]:
        others = {name: member for name, member in new.items() if name != "type"}
        is_like = is_same({name: member for name, member in old.items() if name != "type"}, others)
        if old.get("type") != new.get("type") and not is_like:
            # Fields of another kind: nothing of one is the same in the other but by chance.
            yield {"op": "replace", "path": pointer(at), "value": new}
            return
        for name in old:
            if name not in new:
                yield {"op": "remove", "path": pointer((*at, name))}
        for name, member in new.items():
            if name not in old:
                yield {"op": "add", "path": pointer((*at, name)), "value": member}
            else:
                yield from self._between(old[name], member, (*at, name))

    def _of_lists(self, old: Sequence[Any], new: list[Any], at: Location) -> Iterator[Operation]:
        if not all(isinstance(member, dict) for member in new):
            yield {"op": "replace", "path": pointer(at), "value": new}
            return
        kept = [self._places.get(id(member)) for member in new]
        for place in reversed(range(len(old))):
            if place not in kept:
                yield {"op": "remove", "path": pointer((*at, place))}
        for place, (member, former) in enumerate(zip(new, kept, strict=True)):
            if former is None:
                yield {"op": "add", "path": pointer((*at, place)), "value": member}
            else:
                yield from self._between(old[former], member, (*at, place))


def is_same(left: Any, right: Any) -> bool:  # noqa: ANN401 -- any JSON values
    """Whether two JSON values are equal; true is no number."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        ours, theirs = cast("Mapping[str, Any]", left), cast("Mapping[str, Any]", right)
        return ours.keys() == theirs.keys() and all(is_same(ours[name], theirs[name]) for name in ours)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        mine, other = cast("Sequence[Any]", left), cast("Sequence[Any]", right)
        return len(mine) == len(other) and all(map(is_same, mine, other))
    return left == right
