"""What each call asks of a key: one table, closed by default."""

from services.keys.scopes import Scope

OPEN = frozenset({"/", "/healthz", "/readyz", "/docs", "/openapi.json"})
"""Paths that nobody is asked for a key at: signs of life, and what is the same for everybody."""
OPEN_BELOW = "/assets/"
"""All paths below it are open likewise: files of the page, which asks for a key itself."""

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_BY_PREFIX: tuple[tuple[str, Scope], ...] = (
    ("/v1/keys", Scope.ADMIN),
    ("/v1/audit", Scope.ADMIN),
    ("/v1/webhooks", Scope.ADMIN),
    ("/metrics", Scope.ADMIN),
    ("/v1/networks/inspect", Scope.READ),
)
"""What is not told by the method: the first whose path begins so, whole segments only."""


def scope_of(method: str, path: str) -> Scope | None:
    """The scope that a call asks for; None if it is open to everybody.

    Reading asks for `read`, everything else for `submit`, but for what the table says.
    """
    if path in OPEN or path.startswith(OPEN_BELOW):
        return None
    for prefix, scope in _BY_PREFIX:
        if path == prefix or path.startswith(prefix + "/"):
            return scope
    return Scope.READ if method.upper() in _READING else Scope.SUBMIT
