"""What the launcher is told: all that the programs it starts are, so that a wrong value stops it at once."""

from settings.api import ApiSettings
from settings.worker import WorkerSettings


class LaunchSettings(ApiSettings, WorkerSettings):
    """The settings of everything on one machine."""
