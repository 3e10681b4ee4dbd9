import threading
import time

import pytest

from spec.ids import is_id, new_id


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
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    number = 0
    for character in made.removeprefix("job_"):
        number = number * 32 + alphabet.index(character)
    monkeypatch.setattr("time.time_ns", lambda: 0)  # the clock was set back to 1970
    assert new_id("job") > made
    assert abs((number >> 80) / 1000 - time.time()) < 60


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
