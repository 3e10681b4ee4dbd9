"""A resource of the API: declared once, in its own folder, and gathered by `api.app`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request

from api.access.scopes import Asked, Scopes
from api.answers import problems
from api.answers.problems import Kind
from settings.api import ApiSettings
from spec.ids import Prefix


class ResourcesContradict(Exception):
    """Resources declare what cannot stand together, or too little: a defect of the service, met before it starts."""


@dataclass(frozen=True)
class Limit:
    """One limit that ``/v1/limits`` tells.

    Attributes:
        name: Its name there.
        value: The limit, or how the settings say it; None where there is none.
        description: What it limits, where the name does not say all.
        is_optional: Whether it may be None.
    """

    name: str
    value: int | Callable[[ApiSettings], int | None]
    description: str | None = None
    is_optional: bool = False

    def under(self, settings: ApiSettings) -> int | None:
        """The limit of a service with these settings."""
        return self.value(settings) if callable(self.value) else self.value


@dataclass(frozen=True, kw_only=True, eq=False)
class Resource:
    """What the rest of the API must know of a resource.

    Its bodies, its answers, their examples and its headers stand where its calls are declared
    (`api.openapi.declarations.operation`); the OpenAPI document and what pages of other origins may send and read
    follow from that.

    Attributes:
        router: Its calls.
        asked: What they ask of a key, by the paths they are at and below; what is below another resource's path asks
            what that one does, unless it is said here.
        open_paths: Paths at which nobody is asked for a key.
        ids: The names of ids in its paths, and the prefix of each.
        limits: Its limits.
        problems: What its errors mean to a client.
    """

    router: APIRouter
    asked: Mapping[str, Asked] = field(default_factory=dict[str, Asked])
    open_paths: Sequence[str] = ()
    ids: Mapping[str, Prefix] = field(default_factory=dict[str, Prefix])
    limits: Sequence[Limit] = ()
    problems: Mapping[type[Exception], Kind] = field(default_factory=dict[type[Exception], Kind])

    @property
    def routes(self) -> list[APIRoute]:
        """Its calls, one by one."""
        return [route for route in self.router.routes if isinstance(route, APIRoute)]


def gathered(*resources: Resource) -> tuple[Resource, ...]:
    """The resources, after a look at whether they can be served together; their problems are in the table from now on.

    Raises:
        ResourcesContradict: If two of them declare the same, or a call does not say what it asks of a key.
    """
    _require_once("path", (path for one in resources for path in (*one.asked, *one.open_paths)))
    _require_once("limit", (limit.name for one in resources for limit in one.limits))
    _require_once("problem", (error.__name__ for one in resources for error in one.problems))
    _require_once("id", (name for one in resources for name in one.ids))
    scopes = scopes_of(resources)
    unclaimed = [route.path for one in resources for route in one.routes if not scopes.is_claimed(route.path)]
    if unclaimed:
        raise ResourcesContradict(f"No resource says what calls at {', '.join(unclaimed)} ask of a key.")
    for one in resources:
        problems.declare(one.problems)
    return resources


def resources_of(request: Request) -> tuple[Resource, ...]:
    """The resources of the application that serves the request."""
    resources: tuple[Resource, ...] = request.app.state.resources
    return resources


def scopes_of(resources: Iterable[Resource]) -> Scopes:
    """What each call asks of a key."""
    told = list(resources)
    asked = {path: said for one in told for path, said in one.asked.items()}
    return Scopes(asked, [path for one in told for path in one.open_paths])


def _require_once(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ResourcesContradict(f"Two resources declare the {what} {name}.")
        seen.add(name)
