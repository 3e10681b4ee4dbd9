"""``python -m install.fashion_mnist``: brings the images that the demo and some tests train on.

They are taken from where they already lie, else from where Keras downloads them, else from Debian's package, unpacked
into the project's own folder; root is not needed. What cannot be had is said, and is no failure.
"""

import gzip
import hashlib
import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

from worker.trainer.data.folders import PROJECT_FOLDER, folders

NAME = "fashion-mnist"
PACKAGE = "dataset-fashion-mnist"
ADDRESS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
"""Where Keras's own loader downloads the files."""
CONTENTS = {
    "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
"""The SHA-256 of what each file unpacks to: Debian's files were packed again, so only that is the same everywhere."""

SILENCE_SECONDS = 15.0
"""How long an address may say nothing."""
PACKAGE_SECONDS = 300.0
"""How long one command of the package manager may take."""
MOST_BYTES = 64 * 2**20
"""More than any of the files is."""

MISSING = f"""\
Fashion-MNIST, the images that the demo and 10 tests train on, is not on this machine and could not be downloaded:
{{reasons}}
Without it, the demo uses smaller images of digits, and the 10 tests fail. To get it, do one of the following:
  - Run `make setup` again where the internet or a mirror of Debian's packages can be reached.
  - On Debian or Ubuntu, run `apt-get install {PACKAGE}` as root.
  - Put the four files ({", ".join(CONTENTS)}) into {PROJECT_FOLDER / NAME}.
"""


class NotToBeHad(Exception):
    """A way to the files led nowhere; the message says why."""


def is_whole(folder: Path) -> bool:
    """Whether a folder holds the four files, and they are the real ones."""
    try:
        return all(_digest(folder / name) == digest for name, digest in CONTENTS.items())
    except (OSError, EOFError, zlib.error):
        return False


def present() -> Path | None:
    """The folder that a trainer reads the images from; None where they are missing, or not the real ones."""
    found = next((folder / NAME for folder in folders() if (folder / NAME / next(iter(CONTENTS))).exists()), None)
    return found if found is not None and is_whole(found) else None


def download(into: Path, address: str = ADDRESS) -> None:
    """Downloads the files from where Keras does.

    Raises:
        NotToBeHad: If nobody answers there, or it is not these files that come.
    """
    for name in CONTENTS:
        try:
            with urlopen(address + name, timeout=SILENCE_SECONDS) as answer:  # noqa: S310 -- the address is our own
                (into / name).write_bytes(answer.read(MOST_BYTES))
        except (OSError, http.client.HTTPException) as error:
            raise NotToBeHad(f"{address} could not be downloaded from: {error}") from error


def unpack_package(into: Path) -> None:
    """Downloads Debian's package and unpacks it, without installing it; root has the list of packages renewed first.

    Raises:
        NotToBeHad: If this is no Debian or Ubuntu, or the package cannot be downloaded.
    """
    apt_get, dpkg_deb = shutil.which("apt-get"), shutil.which("dpkg-deb")
    if apt_get is None or dpkg_deb is None:
        raise NotToBeHad(f"The package {PACKAGE} is for Debian and Ubuntu, but apt-get was not found.")
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        try:
            _run([apt_get, "download", PACKAGE], folder)
        except NotToBeHad:
            if os.geteuid() != 0:
                raise
            _run([apt_get, "update", "-q"], folder)
            _run([apt_get, "download", PACKAGE], folder)
        (package,) = folder.glob(f"{PACKAGE}_*.deb")
        _run([dpkg_deb, "-x", str(package), str(folder / "unpacked")], folder)
        for name in CONTENTS:
            shutil.copyfile(folder / "unpacked" / "usr" / "share" / "datasets" / NAME / name, into / name)


def bring(ways: tuple[Callable[[Path], None], ...] = (download, unpack_package)) -> Path:
    """The folder with the images: found, or made by the first of the ways that leads to them.

    Raises:
        NotToBeHad: If none does; with the reason of each, one a line.
    """
    found = present()
    if found is not None:
        return found
    PROJECT_FOLDER.mkdir(parents=True, exist_ok=True)
    reasons: list[str] = []
    for way in ways:
        with tempfile.TemporaryDirectory(dir=PROJECT_FOLDER, prefix=f".{NAME}-") as work:
            made = Path(work) / NAME
            made.mkdir()
            try:
                way(made)
            except NotToBeHad as reason:
                reasons.append(str(reason))
                continue
            if not is_whole(made):
                reasons.append(f"What `{way.__name__}` fetched is not Fashion-MNIST.")
                continue
            # In its place at once and whole. It goes before the other folders, so what may be wrong there is not read.
            shutil.rmtree(PROJECT_FOLDER / NAME, ignore_errors=True)
            made.rename(PROJECT_FOLDER / NAME)
            return PROJECT_FOLDER / NAME
    raise NotToBeHad("\n".join(f"  {reason}" for reason in reasons))


def main() -> None:
    """Brings the images, or says what is missing without them."""
    try:
        if present() is None:
            sys.stdout.write("Looking for Fashion-MNIST (30 MB)\n")
            sys.stdout.flush()
            sys.stdout.write(f"Fashion-MNIST is in {bring()}\n")
    except NotToBeHad as reasons:
        sys.stderr.write(MISSING.format(reasons=reasons))


def _digest(path: Path) -> str:
    with gzip.open(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _run(command: list[str], folder: Path) -> None:
    try:
        ended = subprocess.run(  # noqa: S603 -- programs of the package manager, no shell
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PACKAGE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotToBeHad(f"{Path(command[0]).name} {command[1]} failed: {error}") from error
    if ended.returncode != 0:
        said = next((line for line in ended.stderr.splitlines() if line.startswith("E:")), ended.stderr.strip())
        raise NotToBeHad(f"{Path(command[0]).name} {command[1]} failed: {said}")


if __name__ == "__main__":
    main()
