"""What Keras downloads, where nothing is here: its own loaders, which look in Keras's folder first."""

import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from worker.trainer.sources.rows import RawRows

_DOWNLOAD_SECONDS = 30.0


def images_of(loader: Callable[[], Any]) -> RawRows:
    """A data set of Keras's own loader, which looks in its folder first and downloads what is not there."""
    with impatient_sockets():
        (features, target), (test_features, test_target) = loader()
    return RawRows(features, target.reshape(-1), test_features, test_target.reshape(-1))


@contextmanager
def impatient_sockets() -> Generator[None]:
    """A download that hangs fails after a while: the loaders set no time-out of their own."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_DOWNLOAD_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
