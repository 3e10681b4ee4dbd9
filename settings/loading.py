"""Reads a program's settings and refuses wrong ones by name."""

import difflib
import os
import sys
from typing import TypeVar

from pydantic import ValidationError

from settings.launch import LaunchSettings
from settings.privacy import PRIVATE_FOLDER
from settings.shared import SharedSettings

PREFIX = "NETCOACH_"
EXIT_CODE = 2

Settings = TypeVar("Settings", bound=SharedSettings)


class SettingsError(Exception):
    """Some variable is wrong or unknown.

    Attributes:
        lines: One a fault, each beginning with the variable's name. None repeats a value that may be secret.
    """

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def load(kind: type[Settings]) -> Settings:
    """The settings of a program, its home folder made.

    A variable of another program of the service may be set; one that no program knows is refused.

    Raises:
        SettingsError: If a variable is wrong or unknown, or the home cannot be made.
    """
    lines = _unknown_variables()
    try:
        settings = kind()
    except ValidationError as error:
        raise SettingsError(lines + _faults(error)) from None
    if lines:
        raise SettingsError(lines)
    try:
        settings.home.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError([f"{PREFIX}HOME: {settings.home} cannot be made: {error.strerror}"]) from None
    return settings


def load_or_exit(kind: type[Settings]) -> Settings:
    """As `load`; prints each fault on a line of standard error and exits with code 2."""
    try:
        return load(kind)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(EXIT_CODE)


def variable(field: str) -> str:
    """The environment variable of a field."""
    return PREFIX + field.upper()


def _unknown_variables() -> list[str]:
    known = [variable(field) for field in LaunchSettings.model_fields]
    lines: list[str] = []
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            close = difflib.get_close_matches(name.upper(), known, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            lines.append(f"{name}: no such setting{hint}")
    return lines


def _faults(error: ValidationError) -> list[str]:
    lines: list[str] = []
    for line in error.errors(include_url=False, include_input=False):
        if line["type"] == "default_factory_not_called":
            continue  # follows from another field's fault, which is told
        message = line["msg"].removeprefix("Value error, ")
        location = line["loc"]
        lines.append(f"{variable(str(location[0]))}: {message[0].lower()}{message[1:]}" if location else message)
    return lines
