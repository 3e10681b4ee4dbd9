"""What a request can be refused for before any other room is asked. Statuses live in `api.answers.problems`."""

from collections.abc import Sequence

from spec.language.faults import Fault


class MediaTypeUnsupported(Exception):
    """The body is not said to be JSON, or is compressed."""


class NotAcceptable(Exception):
    """None of the media types the client accepts can be given."""


class BodyTooLarge(Exception):
    """The body is longer than the service reads."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"The request body can have at most {limit_bytes:,} bytes.")


class BodyMalformed(Exception):
    """The body is no JSON text; the message tells the position."""


class QueryFaulty(Exception):
    """The query string is not what is asked for.

    Attributes:
        faults: Parameter's name and what is wrong with it, all of them.
    """

    def __init__(self, faults: Sequence[tuple[str, Fault]]) -> None:
        names = ", ".join(f"`{name[:100]}`" for name, _ in faults)
        super().__init__(f"Invalid query parameter{'s' if len(faults) != 1 else ''}: {names}.")
        self.faults = list(faults)


class HeaderFaulty(Exception):
    """A header is not what is asked for.

    Attributes:
        header: Its name.
        fault: What is wrong with it.
    """

    def __init__(self, header: str, fault: Fault) -> None:
        super().__init__(f"The header `{header}` is invalid.")
        self.header = header
        self.fault = fault


class TusVersionUnsupported(Exception):
    """The client speaks a version of tus that the service does not.

    Attributes:
        version: The one that it does.
    """

    def __init__(self, version: str) -> None:
        super().__init__(f"This version of tus is not supported. Use version {version}.")
        self.version = version


class RangeUnsatisfiable(Exception):
    """The range asked for lies outside the file."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__(f"The range is outside the file, which has {size_bytes:,} bytes.")
        self.size_bytes = size_bytes


class ArtifactNotFound(Exception):
    """The job has no artifact of this name."""


class AuthenticationRequired(Exception):
    """The request lacks a key."""


class KeyInvalid(Exception):
    """The request's key opens nothing."""


class ScopeInsufficient(Exception):
    """The request's key is not for what is asked."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"This call requires an API key with the scope `{scope}`.")
        self.scope = scope


class HostForeign(Exception):
    """The request was meant for another host."""


class OriginForeign(Exception):
    """The request was sent by a page of another origin."""


class TooManyListeners(Exception):
    """As many clients as may are waiting for news in this process."""


class TooManyProjectListeners(Exception):
    """As many clients of the project, or with the same key, as may are waiting for news in this process."""


class ServiceNotReady(Exception):
    """Something the service cannot work without does not answer."""


class RateLimited(Exception):
    """The caller sent more requests than it may.

    Attributes:
        retry_after_seconds: When the next one will be taken.
    """

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"Too many requests. Try again in {retry_after_seconds} s.")
        self.retry_after_seconds = retry_after_seconds
