"""What is known of the weights that a body names: looked up before it is checked, as facts of data sets are."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from db.connections.engine import Database
from db.jobs import weights
from db.jobs.weights import WeightsRow
from services.actors import Actor
from spec.language.sections import read_section
from spec.training.initial_weights import WeightsSource
from spec.weights.stored import (
    WEIGHTS_FILE,
    Absence,
    StoredLayer,
    WeightsFacts,
    WeightsOf,
    no_weights,
    unnumbered,
)


@dataclass(frozen=True, slots=True)
class FoundWeights:
    """What was found of the weights that a body names.

    Attributes:
        weights_of: Tells their facts; that is work, and depends on the length of the texts.
        texts: The JSON texts that it reads.
    """

    weights_of: WeightsOf = no_weights
    texts: tuple[str, ...] = ()


async def weights_named_in(database: Database, actor: Actor, body: object) -> FoundWeights:
    """What the check of a body needs to know of weights, whatever else is wrong with it.

    Args:
        database: Where the jobs are that left them.
        actor: Who sent it.
        body: A job spec, or another body with a ``training``, as JSON gives it.

    Raises:
        DatabaseUnavailable: If the database does not answer.
    """
    initial = _member(_member(body, "training"), "initial_weights")
    source = read_section(WeightsSource, _member(initial, "from"), at=()).section
    if source is None:
        return FoundWeights()
    async with database.read() as connection:
        is_continued = _member(initial, "continue") is True
        row = await weights.stored(connection, source.job, actor.project, with_spec=is_continued)
    if row is None:
        return FoundWeights()
    texts = tuple(text for text in (row.results_json, row.spec_json) if text is not None)
    return FoundWeights(lambda asked: facts_in(source, row) if asked == source else None, texts)


def facts_in(source: WeightsSource, row: WeightsRow) -> WeightsFacts | Absence:
    """What is known of the weights that a job left, or why it left none such.

    Args:
        source: Which of its weights are meant.
        row: The job.
    """
    if not row.has_ended:
        return Absence.NOT_ENDED
    results: Mapping[str, Any] = json.loads(row.results_json or "{}")
    summary = results.get("model_summary")
    if WEIGHTS_FILE not in row.files or summary is None:
        return Absence.NEVER_STORED
    name = WEIGHTS_FILE
    if source.checkpoint == "best":
        best = results.get("best_weights")
        if best is None or best["artifact"] not in row.files:
            return Absence.NO_BEST
        name = best["artifact"]
    return WeightsFacts(
        name=source.job,
        file=row.files[name],
        layers={
            layer["name"]: StoredLayer(
                layer["type"],
                {
                    unnumbered(variable["path"].removeprefix(f"{layer['name']}/")): tuple(variable["shape"])
                    for variable in layer["variables"]
                },
            )
            for layer in summary["layers"]
            if layer["is_used"]
        },
        epochs=results.get("epochs_run", row.epoch),
        seed=row.seed,
        spec=None if row.spec_json is None else json.loads(row.spec_json),
        unused=frozenset(layer["name"] for layer in summary["layers"] if not layer["is_used"]),
        can_be_continued=results.get("can_be_continued") is not False,
    )


def _member(value: object, name: str) -> object:
    return cast("dict[str, object]", value).get(name) if isinstance(value, dict) else None
