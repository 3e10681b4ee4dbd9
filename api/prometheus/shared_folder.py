"""Where several processes of one API keep their counts, so that a scrape of any of them tells of all."""

import os
import shutil
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from background.processes import is_alive
from settings import ApiSettings

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus-client looks for it when it is imported."""


@contextmanager
def metrics_folder(settings: ApiSettings) -> Generator[None]:
    """For as long as the API serves with several processes there is a folder, and ``VARIABLE`` names it to them.

    It lies in the home; what an API left there that was killed is removed.
    """
    os.environ.pop(VARIABLE, None)
    if settings.api_processes == 1:
        yield
        return
    host = socket.gethostname()
    parent = settings.home / "metrics"
    for left in parent.glob(f"{host}-*"):
        if not is_alive(int(left.name.rpartition("-")[2])):
            shutil.rmtree(left, ignore_errors=True)
    folder = parent / f"{host}-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[VARIABLE] = str(folder)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def forget_dead(folder: Path) -> None:
    """Removes what processes that are gone said of their present state; what they counted stays."""
    for path in folder.glob("gauge_live*_*.db"):
        if not is_alive(int(path.stem.rpartition("_")[2])):
            with suppress(FileNotFoundError):  # another process was faster
                path.unlink()
