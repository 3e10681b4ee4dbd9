"""What is known of a job when its report is written."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from db.jobs.rows import JobRow
from spec.language.numbers import decode_metrics
from spec.states import ENDED

Document: TypeAlias = Mapping[str, Any]
Points: TypeAlias = Sequence[tuple[int, float]]
"""Epochs, rising, and a number of each."""


def part(of: Document, name: str) -> Document:
    """An object within an object; an empty one where there is none."""
    return of.get(name) or {}


def members(of: Document, name: str) -> Sequence[Any]:
    """A list within an object; an empty one where there is none."""
    return of.get(name) or ()


@dataclass(frozen=True)
class Known:
    """What is known, as it was read; it is parsed where the report is written, off the event loop.

    Attributes:
        job: The job.
        results_json: What its trainer told at the end; None before.
        findings_json: A list of findings, ranked.
        metrics: Epochs and the metrics of each as JSON, rising; of very long jobs not all.
        signals: The same of the signals, much sooner not all.
        children: Jobs that were derived from it, the newest first.
        has_more_children: Whether there are others.
        repair: The document of its repair; an empty one if it has none.
    """

    job: JobRow
    results_json: str | None = None
    findings_json: str = "[]"
    metrics: Sequence[tuple[int, str]] = ()
    signals: Sequence[tuple[int, str]] = ()
    children: Sequence[JobRow] = field(default_factory=list[JobRow])
    has_more_children: bool = False
    repair: Document = field(default_factory=dict[str, Any])

    @property
    def has_ended(self) -> bool:
        """Whether nothing follows."""
        return self.job.status in ENDED

    @cached_property
    def spec(self) -> Document:
        """The job's spec."""
        return json.loads(self.job.spec_json)

    @cached_property
    def results(self) -> Document:
        """What its trainer told at the end, and nothing before."""
        return json.loads(self.results_json) if self.results_json and self.has_ended else {}

    @cached_property
    def findings(self) -> Sequence[Document]:
        """What the coach found, the most important first."""
        return json.loads(self.findings_json)

    @cached_property
    def curves(self) -> Mapping[str, Points]:
        """The numbers of each metric, in the order in which they are told."""
        found: dict[str, list[tuple[int, float]]] = {}
        for epoch, text in self.metrics:
            for name, value in decode_metrics(text).items():
                found.setdefault(name, []).append((epoch, value))
        return found

    @cached_property
    def measured(self) -> Mapping[str, Mapping[str, Points]]:
        """The numbers of each signal of each layer: by signal, then by layer in the order of the network."""
        found: dict[str, dict[str, list[tuple[int, float]]]] = {}
        for epoch, text in self.signals:
            layers: Mapping[str, Mapping[str, float | str]] = json.loads(text)
            for layer, values in layers.items():
                for name, value in values.items():
                    found.setdefault(name, {}).setdefault(layer, []).append((epoch, float(value)))
        return found

    @property
    def epochs(self) -> tuple[int, int]:
        """The first and the last of its epochs; the last is before the first where none has ended."""
        return self.job.first_epoch + 1, self.job.epoch
