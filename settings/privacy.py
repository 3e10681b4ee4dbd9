"""What the service writes is for the user that it runs as: other users of the machine read none of it."""

import os
import stat
from pathlib import Path

import structlog

PRIVATE_UMASK = 0o077
PRIVATE_FOLDER = 0o700

_OTHERS = stat.S_IRWXG | stat.S_IRWXO

logger = structlog.get_logger(__name__)


def keep_files_private() -> None:
    """Have this process, and those it starts, make files and folders for their owner alone.

    The first thing that each program of the service does, whatever the shell or systemd gave it.
    """
    os.umask(PRIVATE_UMASK)


def warn_of_open_home(home: Path) -> None:
    """Log a warning if a home that was there already lets others in; it is left as it is, which may be on purpose."""
    mode = stat.S_IMODE(home.stat().st_mode)
    if mode & _OTHERS:
        logger.warning(
            "home_open_to_others",
            home=str(home),
            mode=f"{mode:04o}",
            remedy=f"chmod -R go= {home}",
            detail="Other users of this machine may read models, logs and the database.",
        )
