"""What can go wrong with a store. No message holds an address or a credential."""


class StorageUnavailable(Exception):
    """The store cannot be opened, read or written now; later it may."""


class StorageFull(StorageUnavailable):
    """The store answers, and has no room left."""


class FileMissing(Exception):
    """The store has no file of this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f'The file "{key}" is missing from the storage.')


class FileAlreadyStored(Exception):
    """The store has a file of this key, and it was to be stored only if there was none."""

    def __init__(self, key: str) -> None:
        super().__init__(f'The file "{key}" is already in the storage.')
