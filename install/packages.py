"""``python -m install.packages LOCK …``: puts what the lock files name into this environment, checked by hash.

uv is quick; pip is slower, but knows mirrors and proxies that only pip was told of. Wheels alone are installed, so
nothing is compiled. A package that has no wheel for this Python or machine is named.
"""

import argparse
import platform
import re
import subprocess
import sys

INSTALLER_LOCK = "requirements/uv.txt"
NO_WHEEL = (
    # uv
    re.compile(r"Because (?P<name>[\w.-]+)==(?P<version>\S+) has no (?:usable )?wheels"),
    # pip, which says the same where nobody answered it
    re.compile(r"No matching distribution found for (?P<name>[\w.-]+)==(?P<version>\S+)"),
)
ABI_TAG = re.compile(r"`cp(\d)(\d+)`")
PLATFORM_TAGS = re.compile(r"on the following platforms?: (.+)")
UNREACHABLE = re.compile(r"Failed to (?:fetch|establish)|[Cc]onnection|[Tt]emporary failure|timed out|dns error")
TOLD_LINES = 15


class CannotInstall(Exception):
    """The packages cannot be installed; the message is for the person at the terminal."""


def install_uv() -> None:
    """Puts uv into this environment, by pip.

    Raises:
        CannotInstall: If pip cannot.
    """
    said = pip_install([INSTALLER_LOCK])
    if said is not None:
        raise CannotInstall(explanation("", said, _described(sys.executable)))


def install(locks: list[str], *, python: str = sys.executable) -> None:
    """Makes an environment hold what the locks name, and nothing else.

    Args:
        locks: Requirements with hashes.
        python: The environment's interpreter.

    Raises:
        CannotInstall: If neither uv nor pip can.
    """
    uv = _output([sys.executable, "-m", "uv", "pip", "sync", "--quiet", "--system-certs", *_options(python), *locks])
    if uv is None:
        return
    sys.stderr.write("uv failed. Trying pip.\n")
    pip = pip_install(locks, python=python)
    if pip is not None:
        raise CannotInstall(explanation(uv, pip, _described(python)))


def pip_install(locks: list[str], *, python: str = sys.executable) -> str | None:
    """What pip said, if it could not install what the locks name."""
    requirements = [word for lock in locks for word in ("--requirement", lock)]
    quiet = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
    return _output([python, "-m", "pip", "install", *quiet, *requirements])


def explanation(uv: str, pip: str, here: str) -> str:
    """Why the packages cannot be installed, in plain words.

    Args:
        uv: What uv said.
        pip: What pip said.
        here: This Python and this machine.
    """
    # pip says of a package without a wheel what it says where it reached nobody; uv tells the two apart.
    named = NO_WHEEL[0].search(uv) or (None if UNREACHABLE.search(uv + pip) else NO_WHEEL[1].search(pip))
    if named is None:
        return f"The packages could not be installed.\nuv: {_last_lines(uv)}\npip: {_last_lines(pip)}"
    package = f"`{named['name']}` {named['version'].rstrip('.,')}"
    return f"The package {package} has no wheel for {here}, so it cannot be installed here.\n{_way_out(uv)}"


def main() -> None:
    """Installs uv itself by pip, then what the command line names; ends with 1 if it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m install.packages", description="Installs what lock files pin.")
    parser.add_argument("locks", nargs="+", help="requirements with hashes")
    parser.add_argument("--python", default=sys.executable, help="interpreter of the environment (default: this one)")
    options = parser.parse_args()
    try:
        install_uv()
        install(options.locks, python=options.python)
    except CannotInstall as reason:
        sys.stderr.write(f"{reason}\n")
        sys.exit(1)


def _options(python: str) -> list[str]:
    return ["--require-hashes", "--only-binary", ":all:", "--python", python]


def _way_out(uv: str) -> str:
    pythons = [f"{major}.{minor}" for major, minor in ABI_TAG.findall(uv.partition("following Python ABI tag")[2])]
    if pythons:
        return (
            f"It has wheels for Python {', '.join(pythons)}, and Netcoach runs on 3.11 to 3.13. "
            "Choose another Python with `make setup PYTHON=…`."
        )
    platforms = PLATFORM_TAGS.search(uv)
    has = f"It has wheels for {platforms[1].replace('`', '')}. " if platforms else ""
    return f"{has}Netcoach runs on CPython 3.11 to 3.13, on Linux on x86-64 with glibc 2.28 or newer."


def _described(python: str) -> str:
    code = "import platform as p; print(p.python_implementation(), p.python_version(), p.system(), p.machine())"
    told = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout  # noqa: S603 -- our own interpreter
    implementation, version, system, machine = told.split()
    libc = " ".join(platform.libc_ver()) or "a libc that is not glibc"
    return f"{implementation} {version} on {system} {machine} with {libc}"


def _output(command: list[str]) -> str | None:
    """What a command said, if it failed."""
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- installers, no shell
    return (ended.stdout + ended.stderr).strip() if ended.returncode != 0 else None


def _last_lines(said: str) -> str:
    return "\n  ".join(said.splitlines()[-TOLD_LINES:])


if __name__ == "__main__":
    main()
