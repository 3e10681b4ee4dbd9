import pytest

from bench import programs


def test_a_program_tells_its_figure() -> None:
    assert programs.run("bench.peers.matrix_product", "1") > 1  # GFLOP/s: any machine at all


def test_a_program_that_fails_is_told_with_what_it_said() -> None:
    with pytest.raises(programs.ProgramFailed, match=r"bench.peers.nobody ended with 1:\n.*No module named"):
        programs.run("bench.peers.nobody")


def test_peers_are_told_nothing_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETCOACH_DATABASE_URL", "sqlite:////x")
    assert not [name for name in programs.environment() if name.startswith("NETCOACH_")]
