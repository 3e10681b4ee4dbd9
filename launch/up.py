"""``up``: the service in the foreground, until told to stop."""

import sys

from launch.service import Service
from settings import LaunchSettings, load_or_exit

TRY = """\
Netcoach is ready at {url}

  train a network    curl {url}/v1/jobs --json @examples/digits.json
  see the jobs       curl {url}/v1/jobs
  read about the API {url}/docs

Press Ctrl-C to stop. Data is stored in {home}
"""


def up() -> None:
    """Starts everything, says where it is, shows what the programs say, stops it when asked.

    Raises:
        LaunchFailed: If it cannot start, or cannot go on.
    """
    settings = load_or_exit(LaunchSettings)
    service = Service(settings, say)
    try:
        service.start()
        say(f"Netcoach is starting in {settings.home}")
        if service.wait_until_ready():
            say(TRY.format(url=service.url, home=settings.home))
            service.run()
        say("Netcoach is stopping")
    finally:
        service.stop()
    say("Netcoach has stopped")


def say(line: str) -> None:
    """Writes a line to the terminal; a terminal that is gone is no reason to stop."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = open("/dev/null", "w", encoding="utf-8")  # noqa: SIM115, PTH123 -- open to the end
