"""OpenTelemetry traces: off, and then not even imported, unless the settings or OpenTelemetry's own say where to."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from settings.loading import EXIT_CODE
from settings.shared import SharedSettings

_OWN_VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_PATH = "/v1/traces"

Attributes = Mapping[str, str | int | float | bool]


@dataclass(frozen=True, slots=True)
class Trace:
    """What something is found by in logs and traces, wherever it goes.

    Attributes:
        request_id: Of the request that made it; None where there was none.
        traceparent: W3C's, of the span that it was made in; None where nothing is traced.
    """

    request_id: str | None = None
    traceparent: str | None = None


NO_TRACE = Trace()


class Span:
    """A step of the way of a job; while nothing is traced it does nothing.

    Attributes:
        traceparent: W3C's, for the steps that follow elsewhere; None while nothing is traced.
    """

    traceparent: str | None = None

    def name(self, name: str) -> None:
        """It is called otherwise."""

    def tell(self, attributes: Attributes) -> None:
        """Something is known of it."""

    def event(self, name: str, attributes: Attributes) -> None:
        """Something happened in it."""

    def fail(self, reason: str) -> None:
        """It did not succeed."""

    def end(self, at_ns: int | None = None) -> None:
        """It ends; now, unless another time is said."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.fail(kind.__name__)
        self.end()


class _RealSpan(Span):
    """One of OpenTelemetry's."""

    def __init__(self, span: Any) -> None:  # noqa: ANN401 -- OpenTelemetry is not imported where nothing is traced
        context = span.get_span_context()
        self._span = span
        self.traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"

    def name(self, name: str) -> None:
        self._span.update_name(name)

    def tell(self, attributes: Attributes) -> None:
        self._span.set_attributes(attributes)

    def event(self, name: str, attributes: Attributes) -> None:
        self._span.add_event(name, attributes)

    def fail(self, reason: str) -> None:
        from opentelemetry.trace import StatusCode  # noqa: PLC0415 -- see the module

        self._span.set_status(StatusCode.ERROR, reason)

    def end(self, at_ns: int | None = None) -> None:
        self._span.end(at_ns)


class _Tracer:
    """Of this program; none while nothing is traced."""

    real: Any = None
    propagator: Any = None


_NOTHING = Span()


def is_traced() -> bool:
    """Whether spans go anywhere."""
    return _Tracer.real is not None


def configure_traces(settings: SharedSettings, program: str) -> None:
    """Send what is traced from now on to where the settings say, over HTTP, in batches, by a thread of its own.

    Args:
        settings: Say where.
        program: Stands in every span's resource, as ``netcoach-<program>``.

    Exits with 2 where the settings ask for traces and OpenTelemetry is not installed.
    """
    url = settings.traces_url.get_secret_value() if settings.traces_url else None
    if url is None and not any(os.environ.get(name) for name in _OWN_VARIABLES):
        return
    try:
        # Nobody pays for these who does not trace.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415
    except ImportError:
        # OpenTelemetry's own variables may be there for other programs.
        if url is not None:
            sys.stderr.write("NETCOACH_TRACES_URL: Install requirements/traces.txt to send traces, or unset this.\n")
            sys.exit(EXIT_CODE)
        return
    if url is not None and urlsplit(url).path in {"", "/"}:
        url = url.rstrip("/") + _PATH
    provider = TracerProvider(resource=Resource.create({"service.name": f"netcoach-{program}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))
    _Tracer.propagator = TraceContextTextMapPropagator()
    _Tracer.real = provider.get_tracer("netcoach")


def start_span(
    name: str,
    *,
    parent: str | None = None,
    attributes: Attributes | None = None,
    started_ns: int | None = None,
    is_server: bool = False,
) -> Span:
    """A step begins.

    Args:
        name: What it is; few different ones.
        parent: W3C's ``traceparent`` of the step it is part of or follows; of none, or no sound one, it begins a trace.
        attributes: What is known of it.
        started_ns: `time.time_ns` when it began, if that is past.
        is_server: Whether it answers a request.
    """
    if _Tracer.real is None:
        return _NOTHING
    from opentelemetry.context import Context  # noqa: PLC0415 -- see the module
    from opentelemetry.trace import SpanKind  # noqa: PLC0415

    context = Context()
    if parent is not None:
        context = _Tracer.propagator.extract({"traceparent": parent}, context)
    kind = SpanKind.SERVER if is_server else SpanKind.INTERNAL
    return _RealSpan(
        _Tracer.real.start_span(name, context, kind=kind, attributes=dict(attributes or {}), start_time=started_ns)
    )
