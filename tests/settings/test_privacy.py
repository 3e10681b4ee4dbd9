"""What the service writes is for its own user: every program sees to it, whatever umask it was started with."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.settings.starting import Start, plain_environment, started

ROOT = Path(__file__).resolve().parents[2]
PRIVATE = "077"

ARGUMENTS = {
    "api.keys": ["list"],
    "api.projects": ["show"],
    "launch": ["up"],
    "worker.trainer": ["--help"],
    "worker.trainer.reference": ["0"],
}
"""What makes a program end at once, where the setting that is none does not or something is asked of it before."""
STARTED_BY_OTHERS = {
    "api.app:from_environment": "uvicorn api.app:from_environment --factory",
    "worker.app:app": "celery -A worker.app worker",
}
WRITE_NOTHING_PRIVATE = {
    "api.openapi": "writes docs/openapi.json of the repository",
    "coach.techniques": "writes docs/techniques.md of the repository",
    "launch.leash": "becomes the program that it is given, with the umask of whoever starts it: of `launch`",
    "settings": "prints a table",
}


def programs() -> set[str]:
    """All of the service's that ``python -m`` starts: packages with a ``__main__``, modules that ask if they are it.

    Benchmarks and installation write into the repository; what the former measure are programs of this list.
    """
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found = set()
    for room in set(pyproject["tool"]["importlinter"]["root_packages"]) - {"bench", "install"}:
        for path in (ROOT / room).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            is_asked = re.search(r'^if __name__ == "__main__":', path.read_text(), re.MULTILINE)
            if path.name == "__main__.py":
                found.add(name.removesuffix(".__main__"))
            elif is_asked:
                found.add(name)
    return found


def test_every_program_has_an_umask_that_keeps_others_out(tmp_path: Path) -> None:
    assert not set(WRITE_NOTHING_PRIVATE) - programs(), "declared, and not there"
    asked = {name: ARGUMENTS.get(name, []) for name in programs() - set(WRITE_NOTHING_PRIVATE)}
    asked |= {name: [] for name in STARTED_BY_OTHERS}
    wrong = {"NETCOACH_NO_SUCH_SETTING": "1"}
    ended = started(tmp_path, [Start(name, arguments, wrong) for name, arguments in asked.items()])
    assert {name: end["umask"] for name, end in zip(asked, ended, strict=True)} == dict.fromkeys(asked, PRIVATE), ended


@pytest.mark.parametrize(("mode", "is_warned"), [(0o755, True), (0o710, True), (0o700, False)])
def test_a_home_that_lets_others_in_is_left_and_warned_of(tmp_path: Path, mode: int, *, is_warned: bool) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(mode)
    program = (
        "from settings import ApiSettings, load; from settings.logs import configure_logging;"
        "from settings.privacy import warn_of_open_home;"
        "settings = load(ApiSettings); configure_logging(settings, 'api'); warn_of_open_home(settings.home)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=plain_environment(home),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [(line["event"], line["level"], line["mode"], line["remedy"]) for line in lines] == (
        [("home_open_to_others", "warning", f"{mode:04o}", f"chmod -R go= {home}")] if is_warned else []
    )
    assert home.stat().st_mode & 0o777 == mode
