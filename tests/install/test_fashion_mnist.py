"""How setup brings the real images: from where they lie, by download, by Debian's package, or not at all."""

import gzip
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

import pytest

from install import fashion_mnist
from install.fashion_mnist import CONTENTS, NAME, NotToBeHad, bring, download, is_whole, present, unpack_package
from tests.conftest import IMAGES
from worker.trainer.data import folders as data_folders

ROOT = Path(__file__).resolve().parents[2]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the parent's name
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """An address where a folder's files are."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def images() -> Path:
    """A folder that holds the real ones."""
    assert IMAGES is not None
    return IMAGES


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's own folder on a machine that has the images nowhere."""
    folder = tmp_path / "project"
    for module in (data_folders, fashion_mnist):
        monkeypatch.setattr(module, "PROJECT_FOLDER", folder)
    monkeypatch.setattr(data_folders, "SYSTEM_FOLDER", tmp_path / "system")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    assert present() is None
    return folder


@pytest.mark.fashion_mnist
@pytest.mark.parametrize("place", ["project", "system", "keras/datasets"])
def test_images_that_lie_here_are_taken_from_there(project: Path, tmp_path: Path, images: Path, place: str) -> None:
    folder = tmp_path / place / NAME
    folder.parent.mkdir(parents=True)
    folder.symlink_to(images)
    assert bring(ways=()) == folder
    assert project.exists() == (place == "project")


@pytest.mark.fashion_mnist
def test_a_download_that_is_cut_off_or_altered_is_refused_and_the_next_way_is_taken(
    project: Path, tmp_path: Path, images: Path
) -> None:
    mirror = tmp_path / "mirror"
    shutil.copytree(images, mirror)
    (mirror / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(bytes(10_008)))
    with served(mirror) as altered, served(images) as real:

        def from_altered(into: Path) -> None:
            download(into, altered)

        def from_real(into: Path) -> None:
            download(into, real)

        with pytest.raises(NotToBeHad, match="What `from_altered` fetched is not Fashion-MNIST"):
            bring(ways=(from_altered,))
        assert list(project.iterdir()) == []
        assert bring(ways=(from_altered, from_real)) == project / NAME
    assert [path.name for path in project.iterdir()] == [NAME]
    assert is_whole(project / NAME)
    assert present() == project / NAME


@pytest.mark.fashion_mnist
def test_damaged_images_are_replaced_by_real_ones_of_the_projects_own(
    project: Path, tmp_path: Path, images: Path
) -> None:
    system = tmp_path / "system" / NAME
    shutil.copytree(images, system)
    (system / "train-labels-idx1-ubyte.gz").write_bytes(b"no archive")
    assert present() is None

    def from_folder(into: Path) -> None:
        shutil.copytree(images, into, dirs_exist_ok=True)

    assert bring(ways=(from_folder,)) == project / NAME
    assert data_folders.find(NAME) == project / NAME


def test_the_address_is_the_one_that_keras_downloads_from() -> None:
    package = find_spec("keras")
    assert package is not None
    source = (Path(package.origin or "").parent / "src" / "datasets" / "fashion_mnist.py").read_text()
    assert f'base = "{fashion_mnist.ADDRESS}"' in source
    assert all(f'"{name}"' in source for name in CONTENTS)


def program(folder: Path, name: str, text: str) -> None:
    """Puts a program that stands in for the machine's own into a folder of PATH."""
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


APT_GET = """
case $1 in
  update) /bin/touch {folder}/updated ;;
  download) [ -e {folder}/updated ] || {{ echo 'E: Unable to locate package' >&2; exit 100; }}
            /bin/touch "$2_1_all.deb" ;;
esac"""
DPKG_DEB = """
/bin/mkdir -p "$3/usr/share/datasets"
/bin/cp -r {images} "$3/usr/share/datasets/fashion-mnist" """


@pytest.mark.fashion_mnist
@pytest.mark.parametrize("is_listed", [True, False])
def test_debians_package_is_unpacked_and_root_has_its_list_renewed_first(
    tmp_path: Path, images: Path, monkeypatch: pytest.MonkeyPatch, is_listed: bool
) -> None:
    program(tmp_path, "apt-get", APT_GET.format(folder=tmp_path))
    program(tmp_path, "dpkg-deb", DPKG_DEB.format(images=images))
    monkeypatch.setenv("PATH", str(tmp_path))
    made = tmp_path / "made"
    made.mkdir()
    if is_listed:
        (tmp_path / "updated").touch()
    elif os.geteuid() != 0:
        with pytest.raises(NotToBeHad, match="apt-get download failed: E: Unable to locate package"):
            unpack_package(made)
        return
    unpack_package(made)
    assert is_whole(made)


def test_without_debians_programs_the_package_is_not_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotToBeHad, match="for Debian and Ubuntu"):
        unpack_package(tmp_path)


def test_what_cannot_be_had_is_said_with_the_way_out_and_is_no_failure(tmp_path: Path) -> None:
    bare = tmp_path / "clone"
    for room in ("install", "worker"):
        shutil.copytree(ROOT / room, bare / room, ignore=shutil.ignore_patterns("__pycache__"))
    program(tmp_path, "dpkg-deb", "exit 1")
    program(tmp_path, "apt-get", "echo 'E: Unable to locate package dataset-fashion-mnist' >&2; exit 100")
    environment = {
        "PATH": str(tmp_path),
        "HOME": str(tmp_path / "home"),
        "DATASETS_FOLDER": str(tmp_path / "none"),
        "https_proxy": "http://127.0.0.1:9",
    }
    ended = subprocess.run(
        [sys.executable, "-m", "install.fashion_mnist"],
        cwd=bare,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0
    assert "is not on this machine and could not be downloaded" in ended.stderr
    assert f"{fashion_mnist.ADDRESS} could not be downloaded from" in ended.stderr
    assert "E: Unable to locate package dataset-fashion-mnist" in ended.stderr
    assert "Run `make setup` again" in ended.stderr
    assert str(bare / ".data" / "datasets" / NAME) in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list((bare / ".data" / "datasets").iterdir()) == []
