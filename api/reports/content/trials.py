"""What was tried on a job: its repair, and the jobs that were derived from it."""

import json
from collections.abc import Iterator, Sequence

from api.reports.known import Document, Known, members
from api.reports.writing.blocks import Block, Heading, Paragraph, Said, Table
from api.reports.writing.numbers import NOTHING, number
from db.jobs.rows import JobRow
from spec.language.numbers import decode_metrics

_PREFERRED = ("val_accuracy", "val_loss", "accuracy", "loss")
_MOST_PATCH = 300


def trials(known: Known) -> Iterator[Block]:
    """A table of the remedies, one of what the best changed, and one of the jobs."""
    repair = known.repair
    told = _jobs(repair)
    children = [child for child in known.children if child.id not in told]
    if not repair and not children:
        return
    yield Heading("What was tried")
    if repair:
        yield from _repair(repair)
    if children:
        yield from _children(known, children)


def _jobs(repair: Document) -> set[str]:
    """The jobs of a repair, which its own tables tell of."""
    confirmed = [one[role] for one in members(repair, "confirmed") for role in ("original", "repaired")]
    return {one["job"] for one in (*members(repair, "tried"), *confirmed)}


def _repair(repair: Document) -> Iterator[Block]:
    yield Paragraph(_verdict(repair), "notice")
    metric = Said(repair["metric"] or "score")
    tried = members(repair, "tried")
    rows = [
        [Said(one["title"]), Said(one["job"] or NOTHING), number(one["epochs"]), number(one["score"]), _patch(one)]
        for one in tried
    ]
    if rows:
        yield Table(["Remedy", "Job", "Epochs", metric, "Patch"], rows, "Remedies that the repair tried.")
    seeds = [
        [str(one["seed"]), number(one["original"]["score"]), number(one["repaired"]["score"])]
        for one in members(repair, "confirmed")
    ]
    if seeds:
        yield Table(
            ["Seed", "Before", "After"], seeds, "What the unchanged job and the best remedy reach, on the same seeds."
        )


def _verdict(repair: Document) -> str:
    if repair["status"] == "running":
        return "The repair is running. What it has tried by now is below."
    if repair["status"] == "cancelled":
        return "The repair was cancelled."
    if not members(repair, "tried"):
        return "The coach knows no remedy that could be tried."
    chosen = repair["chosen"]
    name = next((one["title"] for one in members(repair, "tried") if one["job"] == chosen), None)
    if not repair["is_better"]:
        best = f" The best was: {name}.{_gain(repair)}" if name and chosen else ""
        return f"Nothing that was tried is clearly better than the original.{best}"
    helped = f"What helped most: {name}." if name else "A remedy helped."
    return f"{helped}{_gain(repair)}"


def _gain(repair: Document) -> str:
    if repair["gain"] is None:
        return ""
    within = f" (95 % interval: {_interval(repair)})" if repair["interval"] else ""
    return f" It improves the {repair['metric'] or 'score'} by {number(repair['gain'])}{within}."


def _interval(of: Document) -> str:
    interval = of.get("interval")
    return f"{number(interval[0])} to {number(interval[1])}" if interval else NOTHING


def _patch(of: Document) -> Said:
    text = " ".join(json.dumps(operation, ensure_ascii=False) for operation in members(of, "patch"))
    return Said(text if len(text) <= _MOST_PATCH else f"{text[:_MOST_PATCH]}…")


def _children(known: Known, children: Sequence[JobRow]) -> Iterator[Block]:
    of_job = _latest(known.job.latest_metrics_json)
    names = [name for name in _PREFERRED if name in of_job][:2]
    rows = [["This job", known.job.status.value, *(number(of_job.get(name)) for name in names)]]
    for child in children:
        latest = _latest(child.latest_metrics_json)
        title = Said(f"{child.name or 'A job without a name'} ({child.id})")
        rows.append([title, child.status.value, *(number(latest.get(name)) for name in names)])
    yield Table(
        ["Job", "Status", *names], rows, "This job and those that were derived from it, after their last epochs."
    )
    if known.has_more_children:
        yield Paragraph("There are older ones, too: `GET /v1/jobs?parent=` lists all of them.", "remark")


def _latest(text: str | None) -> dict[str, float]:
    return decode_metrics(text) if text else {}
