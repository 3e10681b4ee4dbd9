"""What was trained on what, and how it ended."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from api.reports.known import Document, Known, members, part
from api.reports.writing.blocks import Block, Facts, Heading, Paragraph, Said, Table
from api.reports.writing.numbers import NOTHING, count, counted, duration, moment, number
from spec.states import JobStatus

_OUTCOMES = {
    JobStatus.QUEUED: "The job is queued and waits for a worker.",
    JobStatus.PAUSED: "The job is paused. It can go on where it stopped.",
    JobStatus.SUCCEEDED: "The training succeeded.",
    JobStatus.FAILED: "The training failed.",
    JobStatus.CANCELLED: "The job was cancelled.",
}
MOST_LAYERS = 60
"""Rows of the table of layers."""
_MOST_METRICS = 30
_TIMES = " \N{MULTIPLICATION SIGN} "


def summary(known: Known) -> Iterator[Block]:
    """The first section."""
    yield Heading("Summary")
    if not known.has_ended:
        yield Paragraph(_unfinished(known), "notice")
    elif known.repair.get("status") == "running":
        yield Paragraph("The job is being repaired, and this report tells what is known by now.", "notice")
    yield Paragraph(_sentences(known))
    error = known.job.error_message
    if error:
        yield Paragraph(Said(error), "notice")
    yield Facts([*_facts(known)])
    yield from _metrics(known)
    yield from _network(known)


def _unfinished(known: Known) -> str:
    job = known.job
    if job.status is JobStatus.RUNNING:
        left = f" About {duration(job.eta_seconds)} are left." if job.eta_seconds is not None else ""
        return f"The job is running, and this report tells what is known by now.{left}"
    return f"{_OUTCOMES[job.status]} This report tells what is known by now."


def _sentences(known: Known) -> str:
    job, results = known.job, known.results
    epochs = f"{job.epoch:,} of {counted(job.epochs, 'epoch')}"
    parts = [f"{_OUTCOMES[job.status]} It had {epochs}."] if known.has_ended else [f"It has had {epochs}."]
    if results.get("stop_reason"):
        parts.append(str(results["stop_reason"]))
    validation = part(part(results, "evaluation"), "validation")
    if validation.get("target") == "classes":
        guess = validation["baseline"]
        parts.append(
            f"On {counted(validation['rows'], 'validation row')} the stored weights have an accuracy of "
            f"{number(validation['accuracy'])}; always guessing the most common class gives "
            f"{number(guess['accuracy'])}."
        )
    elif validation.get("target") == "number" and validation.get("r2") is not None:
        parts.append(
            f"On {counted(validation['rows'], 'validation row')} the stored weights have an R² of "
            f"{number(validation['r2'])}; always guessing the mean gives 0."
        )
    causes = [finding for finding in known.findings if finding.get("cause") and finding["severity"] != "hint"]
    if causes:
        parts.append(f"The coach found what may be wrong: {causes[0]['title'].lower()}.")
    return " ".join(parts)


def _facts(known: Known) -> Iterator[tuple[str, str]]:
    job, results, training = known.job, known.results, part(known.spec, "training")
    network = part(results, "model_summary")
    yield "Data set", Said(job.dataset)
    yield "Loss", Said(_named(training.get("loss")))
    yield "Optimizer", Said(_named(training.get("optimizer")))
    yield "Batch size", count(training.get("batch_size"))
    yield "Seed", Said(str(job.seed))
    if network:
        trainable = network.get("trainable_parameters", network.get("total_parameters"))
        yield "Parameters", f"{count(network.get('total_parameters'))}, of which {count(trainable)} are trained"
    yield "Created", moment(job.created_at)
    if job.started_at is not None:
        yield "Started", moment(job.started_at)
    if job.ended_at is not None:
        yield "Ended", moment(job.ended_at)
    timings = part(results, "timings")
    if timings:
        yield (
            "Time",
            f"{duration(timings.get('total_seconds'))} in all, {duration(timings.get('training_seconds'))} of training",
        )
    if job.attempt > 1:
        yield "Attempts", count(job.attempt)
    if job.parent is not None:
        yield "Derived from", Said(job.parent)
    for key, value in _metadata(known).items():
        yield f"Metadata: {key}", Said(value)


def _metadata(known: Known) -> Mapping[str, str]:
    found = part(known.spec, "metadata")
    return {str(key): str(value) for key, value in found.items()}


def _named(said: Any) -> str:  # noqa: ANN401 -- a part of a spec: a name, or an object with a type
    """A loss or an optimizer as it was sent, in short."""
    if not isinstance(said, dict):
        return NOTHING if said is None else str(said)
    told = cast("dict[str, Any]", said)
    shown = ", ".join(f"{key} {_value(value)}" for key, value in told.items() if key != "type")
    name = str(told.get("type", ""))
    return f"{name} ({shown})" if shown else name


def _value(value: Any) -> str:  # noqa: ANN401 -- likewise
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return number(value) if is_number else _named(value)


def _metrics(known: Known) -> Iterator[Block]:
    results = known.results
    last = part(results, "final_metrics") or {name: points[-1][1] for name, points in known.curves.items()}
    best, stored = part(results, "best_metrics"), part(results, "stored_metrics")
    names = list(dict.fromkeys([*last, *best, *stored]))[:_MOST_METRICS]
    if not names:
        return
    columns: list[tuple[str, Document]] = [("Last epoch", last)]
    if best:
        columns.append((f"Best epoch ({count(results.get('best_epoch'))})", best))
    if stored:
        columns.append(("Stored weights", stored))
    rows = [[Said(name), *(number(values.get(name)) for _, values in columns)] for name in names]
    yield Table(["Metric", *(name for name, _ in columns)], rows)


def _network(known: Known) -> Iterator[Block]:
    layers = members(part(known.results, "model_summary"), "layers")
    if not layers:
        return
    rows = [
        [Said(layer["name"]), layer["type"], _shape(members(layer, "output_shape")), count(layer.get("parameters"))]
        for layer in layers[:MOST_LAYERS]
    ]
    more = len(layers) - MOST_LAYERS
    caption = f"The first {MOST_LAYERS} of {len(layers):,} layers." if more > 0 else ""
    yield Table(["Layer", "Type", "Output", "Parameters"], rows, caption)


def _shape(shape: Sequence[int | None]) -> str:
    # The first axis is the batch.
    return _TIMES.join("any" if size is None else str(size) for size in shape[1:]) or NOTHING
