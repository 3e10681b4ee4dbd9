import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from spec.ids import first_id, is_id, made_at, new_id


def test_ids_rise_and_never_repeat_in_all_threads() -> None:
    made: list[list[str]] = []

    def work() -> None:
        made.append([new_id("job") for _ in range(5000)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(ids == sorted(ids) for ids in made)
    assert len({one for ids in made for one in ids}) == 20_000


def test_an_id_tells_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made = new_id("job")
    monkeypatch.setattr("time.time_ns", lambda: 0)  # the clock was set back to 1970
    assert new_id("job") > made
    assert abs(made_at(made).timestamp() - time.time()) < 60


def test_the_least_id_of_a_time_lies_between_what_was_made_before_and_what_after() -> None:
    made = new_id("job")
    at = made_at(made)
    tick = timedelta(microseconds=1)
    assert first_id("job", at) <= made < first_id("job", at, is_after=True)
    assert first_id("job", at - tick, is_after=True) <= made < first_id("job", at + tick)
    assert made_at(first_id("job", at + tick)) == at + timedelta(milliseconds=1)
    for moment in (datetime.min.replace(tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)):
        assert first_id("job", moment) == "job_" + 26 * "0"
    assert is_id(first_id("job", datetime.max.replace(tzinfo=UTC), is_after=True), "job")


def test_an_id_is_told_from_what_only_looks_like_one() -> None:
    made = new_id("sweep")
    assert is_id(made, "sweep")
    for wrong in (
        made.upper(),
        made[:-1],
        made + "0",
        made + "\n",
        "job_" + made,
        made.replace("_", "-"),
        "sweep_",
        "",
    ):
        assert not is_id(wrong, "sweep"), wrong
    assert not is_id(made, "job")
