"""Folders that files of built-in data sets lie in; no TensorFlow is imported, so that `make setup` can look too."""

import os
from pathlib import Path

PROJECT_FOLDER = Path(__file__).resolve().parents[3] / ".data" / "datasets"
"""The project's own, which `make setup` fills; it lies beside the rooms, wherever a trainer is started."""

SYSTEM_FOLDER = Path(os.environ.get("DATASETS_FOLDER") or "/usr/share/datasets")
"""Where Debian's ``dataset-…`` packages put their files; the variable names another."""


def keras_folder() -> Path:
    """Where Keras's loaders keep what they downloaded: what ``keras.config`` says, without importing it."""
    home = os.environ.get("KERAS_HOME")
    if home is None:
        user = Path.home()
        # Keras's own choice where there is no home to write in; the files there are read as data, never run.
        home = (user if os.access(user, os.W_OK) else Path("/tmp")) / ".keras"  # noqa: S108
    return Path(home) / "datasets"


def folders() -> tuple[Path, ...]:
    """All of them, in the order they are looked through."""
    return PROJECT_FOLDER, SYSTEM_FOLDER, keras_folder()


def find(name: str, *, holding: str = "") -> Path | None:
    """The first file or folder of this name that is there.

    Args:
        name: As it is called within one of the folders.
        holding: A file that must lie in it.
    """
    return next((folder / name for folder in folders() if (folder / name / holding).exists()), None)
