"""The baseline of repair: remedies drawn at random, uniformly over the moves that apply, under the same budget.

Six moves are tried in a race of a sixth of the job's epochs each; the one that is best on the validation rows then
trains as many epochs as the job had. All children together train at most twice the epochs of the job, as in a repair.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.diagnosis.labels import scores_of
from bench.diagnosis.lines import FOLDER, Line, kept, read
from bench.diagnosis.repairs import FINAL, sick_jobs
from bench.diagnosis.runs import Asked, Runner
from bench.diagnosis.tables import UPLOADED
from bench.service import service
from coach.moves import applied, moved
from coach.outcomes import Move
from coach.techniques import TECHNIQUES

MOST_JOBS = 6
RACE = "race"
_SEED = 18_003


def moves_of(line: Line, seed: int = _SEED, most: int = MOST_JOBS) -> list[tuple[str, dict[str, Any]]]:
    """Moves on a job by the names of their techniques, and the specs that they make; each way at most once.

    Args:
        line: Of the job.
        seed: Of the draw.
        most: How many moves.
    """
    chance = np.random.default_rng([seed, line.seed, *line.name.encode()])
    found: list[tuple[str, dict[str, Any]]] = []
    for place in chance.permutation(len(TECHNIQUES)):
        technique = TECHNIQUES[int(place)]
        move = applied(technique, line.job)
        if isinstance(move, Move):
            found.append((technique.NAME, moved(line.job.said, move)))
        if len(found) == most:
            break
    return found


def race_of(line: Line) -> Iterator[Asked]:
    """The children of a sick job that race."""
    epochs: int = line.told["spec"]["training"]["epochs"]
    for number, (technique, spec) in enumerate(moves_of(line)):
        yield _child(line, f"{number}", spec, max(1, epochs // MOST_JOBS), {"stage": RACE, "technique": technique})


def final_of(line: Line, raced: Sequence[Line]) -> Asked | None:
    """The winner of a race, to be trained as long as the job was; None if none of them could be judged."""
    known = [(scores.validation, one) for one in raced if (scores := scores_of(one)) and scores.validation is not None]
    if not known:
        return None
    _, winner = max(known, key=lambda pair: pair[0])
    epochs: int = line.told["spec"]["training"]["epochs"]
    extra = {"stage": FINAL, "technique": winner.told["technique"]}
    return _child(line, FINAL, winner.told["spec"], epochs, extra)


def _child(line: Line, name: str, spec: dict[str, Any], epochs: int, extra: dict[str, Any]) -> Asked:
    made = UPLOADED.get(line.data)
    trained = spec | {"training": spec["training"] | {"epochs": epochs}}
    whose = {"mends": {"name": line.name, "seed": line.seed}}
    return Asked(f"{line.name}/{name}", line.data, line.seed, trained, made and made(), whose | extra)


def remedy(name: str, most: int | None = None, folder: Path = FOLDER) -> int:
    """Try remedies at random on sick jobs of a draw whose data set allows a healthy one.

    Args:
        name: Of the draw.
        most: How many jobs at most; None for all.
        folder: Where lines are kept.

    Returns:
        How many jobs were run.
    """
    sick = sick_jobs(read(kept(name, folder)), most)
    path = kept(f"{name}-random", folder)
    with service(NETCOACH_WORKER_SLOTS="2", NETCOACH_TRAINER_THREADS="1") as running:
        runner = Runner(running, path)
        run = runner.run(child for line in sick for child in race_of(line))
        raced = [one for one in read(path) if one.told["stage"] == RACE]
        finals = (final_of(line, [one for one in raced if _is_of(one, line)]) for line in sick)
        return run + runner.run(one for one in finals if one is not None)


def _is_of(child: Line, line: Line) -> bool:
    return child.told["mends"] == {"name": line.name, "seed": line.seed}
