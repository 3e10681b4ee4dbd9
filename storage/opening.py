"""The store that a program's settings name, or why the program cannot start."""

import sys

from settings import SharedSettings
from settings.loading import EXIT_CODE, variable
from storage.store import StorageUnavailable, Store


def open_or_exit(settings: SharedSettings) -> Store:
    """The store; where its URL is one that no store can be made of, names the variable and exits with code 2.

    Nothing is asked of the storage itself: it may be away while a program starts.
    """
    try:
        return Store(settings.storage_url.get_secret_value())
    except StorageUnavailable as error:
        sys.stderr.write(f"{variable('storage_url')}: {error}\n")
        sys.exit(EXIT_CODE)
