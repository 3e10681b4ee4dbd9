"""A small disk that only the programs under test see."""

import errno
import os
from pathlib import Path
from typing import Self

from tests.services.children import spawn, wait_until

_CHUNK = bytes(2**16)


class SmallDisk:
    """A tmpfs over a folder, in a mount namespace of its own: gone with the process that holds it.

    Attributes:
        within: A command that runs another within the namespace.
        seen: The folder, as it is seen from outside.
    """

    def __init__(self, folder: Path, size_bytes: int) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._size_bytes = size_bytes
        is_root = os.geteuid() == 0
        mount = f'mount -t tmpfs -o size={size_bytes} tmpfs "$0" && touch "$0/.mounted" && exec sleep infinity'
        log = folder.parent / "disk.log"
        self._holder = spawn(
            ["unshare", *([] if is_root else ["--user", "--map-root-user"]), "--mount", "sh", "-c", mount, folder], log
        )
        self.seen = Path(f"/proc/{self._holder.pid}/root{folder}")
        wait_until((self.seen / ".mounted").exists, self._holder, log, 10)
        user = [] if is_root else ["--user", "--preserve-credentials"]
        self.within = ["nsenter", "--target", str(self._holder.pid), *user, "--mount"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._holder.kill()
        self._holder.wait()

    def fill(self) -> None:
        """Write until there is no room for another byte."""
        with (self.seen / "ballast").open("ab", buffering=0) as ballast:
            for chunk in (_CHUNK, b"0"):
                try:
                    while True:
                        ballast.write(chunk)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def empty(self) -> None:
        """There is room again."""
        (self.seen / "ballast").unlink(missing_ok=True)

    @property
    def free_bytes(self) -> int:
        """What is left."""
        status = os.statvfs(self.seen)
        return status.f_bavail * status.f_frsize
