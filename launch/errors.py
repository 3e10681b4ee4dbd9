"""Why a launch ends before it is asked to."""


class LaunchFailed(Exception):
    """The service cannot start or go on; the message is for the person at the terminal."""

    exit_code = 1


class HomeInUse(LaunchFailed):
    """Another launch runs on this home."""

    exit_code = 3


class UnusableSetting(LaunchFailed):
    """A setting is well-formed, and yet of no use on this machine; the message begins with its name."""

    exit_code = 2
