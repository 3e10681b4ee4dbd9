from itertools import pairwise

import pytest

from bench.figures import Part
from bench.journey import median_way, way_of
from bench.service import example, service


def test_a_median_way_has_no_gaps() -> None:
    ways = [
        [Part("a", 0, 10), Part("b", 10, 20)],
        [Part("a", 0, 12), Part("b", 12, 13)],
        [Part("a", 0, 2), Part("b", 2, 4)],
    ]
    assert median_way(ways) == [Part("a", 0, 10), Part("b", 10, 12)]


def test_the_way_of_a_real_job_is_told_from_end_to_end() -> None:
    settings = {"NETCOACH_LOG_LEVEL": "info", "NETCOACH_LOG_FORMAT": "json"}
    with service(NETCOACH_WORKER_SLOTS="1", **settings) as running:
        parts = way_of(running, example("digits"))
    assert parts[0].began_ms == 0
    assert all(one.ended_ms == pytest.approx(next_one.began_ms) for one, next_one in pairwise(parts))
    took = {part.name: part.ended_ms - part.began_ms for part in parts}
    assert len(took) == len(parts)
    # Whatever the machine: tracing, training and saving take their time.
    for name in ("first step: traced", "other epochs", "model saved, the rest"):
        assert took[name] > 1
