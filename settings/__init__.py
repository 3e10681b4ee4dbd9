"""The settings of each program: environment variables that begin with ``NETCOACH_``, checked at start."""

from settings.api import ApiSettings
from settings.launch import LaunchSettings
from settings.loading import SettingsError, load, load_or_exit
from settings.shared import SharedSettings
from settings.worker import WorkerSettings

__all__ = ["ApiSettings", "LaunchSettings", "SettingsError", "SharedSettings", "WorkerSettings", "load", "load_or_exit"]
