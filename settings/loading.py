"""Reads a program's settings and refuses wrong ones by name."""

import difflib
import os
import sys
from typing import TypeVar

from pydantic import ValidationError

from settings.launch import LaunchSettings
from settings.privacy import PRIVATE_FOLDER
from settings.sentences import sentence_of
from settings.shared import SharedSettings

PREFIX = "NETCOACH_"
EXIT_CODE = 2

Settings = TypeVar("Settings", bound=SharedSettings)


class SettingsError(Exception):
    """Some variable is wrong or unknown.

    Attributes:
        lines: One a fault: the variable's name, and sentences that say what is wrong with it and what would do. None
            repeats a value that may be secret.
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
        reason = f"The folder {settings.home} cannot be created ({error.strerror}). Choose one that can."
        raise SettingsError([f"{PREFIX}HOME: {reason}"]) from None
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
            hint = f' Did you mean "{close[0]}"?' if close else " The settings are listed in docs/configuration.md."
            lines.append(f"{name}: This is not a known setting.{hint}")
    return lines


def _faults(error: ValidationError) -> list[str]:
    lines: list[str] = []
    for line in error.errors(include_url=False, include_input=False):
        if line["type"] == "default_factory_not_called":
            continue  # follows from another field's fault, which is told
        location = line["loc"]
        # What is said of several variables together begins with the name of one itself.
        lines.append(f"{variable(str(location[0]))}: {sentence_of(line)}" if location else sentence_of(line))
    return lines
