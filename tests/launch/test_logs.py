"""Log files are followed through renaming, from now on."""

from pathlib import Path

from launch.logs import LogFollower, last_lines


def test_new_lines_are_shown_with_their_program_and_old_ones_are_not(tmp_path: Path) -> None:
    api, worker = tmp_path / "api.log", tmp_path / "worker.log"
    api.write_text("of an earlier run\n")
    shown: list[str] = []
    follower = LogFollower({"api": api, "worker": worker}, shown.append)
    follower.poll()
    assert shown == []

    with api.open("a") as log:
        log.write("one\ntwo\nhal")
    worker.write_text("début\n")
    follower.poll()
    assert shown == ["api    | one", "api    | two", "worker | début"]

    with api.open("a") as log:
        log.write("f\nlast of the old file\n")
    api.rename(tmp_path / "api.log.1")
    api.write_text("first of the new file\n")
    follower.poll()
    assert shown[3:] == ["api    | half", "api    | last of the old file", "api    | first of the new file"]
    follower.close()


def test_the_last_lines_are_of_this_run(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    log.write_text("old\n" * 5)
    size = log.stat().st_size
    with log.open("a") as file:
        file.write("".join(f"line {number}\n" for number in range(30)))
    assert last_lines(log, size) == [f"line {number}" for number in range(10, 30)]
