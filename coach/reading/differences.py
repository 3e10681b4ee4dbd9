"""The smallest patch that makes one JSON document of another, where it is known which members of lists are the same."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from spec.language.faults import Location, pointer

Operation = dict[str, Any]


class Copy:
    """A copy of a JSON document that may be changed, and remembers of each object in a list which one it was.

    Attributes:
        document: The copy.
    """

    def __init__(self, original: Mapping[str, Any]) -> None:
        self._original = dict(original)
        self._places: dict[int, int] = {}
        self._members: list[Any] = []  # kept, so that no other object gets the id of one that was taken out
        self.document: dict[str, Any] = self._copied(self._original)

    def _copied(self, value: Any) -> Any:  # noqa: ANN401 -- any JSON value
        if isinstance(value, dict):
            return {name: self._copied(member) for name, member in cast("dict[str, Any]", value).items()}
        if isinstance(value, list):
            members: list[Any] = [self._copied(member) for member in cast("list[Any]", value)]
            self._members += members
            self._places |= {id(one): place for place, one in enumerate(members) if is_object(one)}
            return members
        return value

    def patch(self) -> list[Operation]:
        """The operations (RFC 6902) that make the changed copy of the original; none of them is without effect."""
        return list(self._between(self._original, self.document, ()))

    def _between(self, old: Any, new: Any, at: Location) -> Iterator[Operation]:  # noqa: ANN401 -- any JSON values
        if isinstance(old, dict) and isinstance(new, dict):
            yield from self._of_objects(cast("dict[str, Any]", old), cast("dict[str, Any]", new), at)
        elif isinstance(old, list) and isinstance(new, list):
            yield from self._of_lists(cast("list[Any]", old), cast("list[Any]", new), at)
        elif old != new or isinstance(old, bool) is not isinstance(new, bool):
            yield {"op": "replace", "path": pointer(at), "value": new}

    def _of_objects(self, old: dict[str, Any], new: dict[str, Any], at: Location) -> Iterator[Operation]:
        if old.get("type") != new.get("type") and {**old, "type": new.get("type")} != new:
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

    def _of_lists(self, old: list[Any], new: list[Any], at: Location) -> Iterator[Operation]:
        if not all(map(is_object, new)):
            if old != new:
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


def is_object(value: object) -> bool:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)
