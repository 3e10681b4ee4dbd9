"""Packages of npm, as they are locked and installed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from install.npm_packages import COPIED

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "tests" / "clients"


def test_the_lock_holds_hashes_and_no_addresses() -> None:
    packages: dict[str, dict[str, Any]] = json.loads((SOURCE / "package-lock.json").read_text())["packages"]
    assert packages.pop("")["devDependencies"] == json.loads((SOURCE / "package.json").read_text())["devDependencies"]
    assert packages
    for name, package in packages.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name
        assert "hasInstallScript" not in package, name


def test_what_cannot_be_had_is_said(tmp_path: Path) -> None:
    """A registry that nobody answers at; the machine's own settings are overruled by those beside the lock."""
    for name in COPIED:
        (tmp_path / name).write_bytes((SOURCE / name).read_bytes())
    with (tmp_path / ".npmrc").open("a") as settings:
        settings.write("registry=http://127.0.0.1:1/\nfetch-retries=0\ncache=${HOME}/cache\n")
    ended = subprocess.run(
        [sys.executable, "-m", "install.npm_packages", tmp_path, tmp_path / "made"],
        cwd=ROOT,
        env={"HOME": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"The packages of {tmp_path}/package-lock.json could not be installed.\nnpm: ")
    assert "ECONNREFUSED" in ended.stderr
    assert "Traceback" not in ended.stderr
