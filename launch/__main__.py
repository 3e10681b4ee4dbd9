"""``python -m launch up`` and ``python -m launch demo``."""

import argparse
import os
import sys

from launch.demo import demo
from launch.errors import LaunchFailed
from launch.up import up
from settings.privacy import keep_files_private

INTERRUPTED = 130
"""A shell's exit code for a program ended by Ctrl-C."""


def main() -> None:
    """Does what the command line asks; the exit code is 0 after a clean stop."""
    keep_files_private()
    parser = argparse.ArgumentParser(prog="python -m launch", description="Runs Netcoach on one machine.")
    parser.add_argument("command", choices=["up", "demo"], help="up: run the service; demo: train a network, then stop")
    parser.add_argument("--port", help="the port to listen on, instead of NETCOACH_PORT; 0 chooses a free one")
    arguments = parser.parse_args()
    if arguments.port is not None:
        os.environ["NETCOACH_PORT"] = arguments.port
    try:
        if arguments.command == "up":
            up()
        else:
            demo()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)  # before anything was started
    except LaunchFailed as failure:
        sys.stderr.write(f"{failure}\n")
        sys.exit(failure.exit_code)


if __name__ == "__main__":
    main()
