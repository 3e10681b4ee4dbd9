"""The whole service, started as a user starts it."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def running_service(home: Path, **settings: str) -> Iterator[str]:
    """``launch up`` on a home of its own and a free port; yields the address, stops it cleanly afterwards."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NETCOACH_")}
    environment |= {"NETCOACH_HOME": str(home), "TF_CPP_MIN_LOG_LEVEL": "3", **settings}
    process = subprocess.Popen(
        [sys.executable, "-m", "launch", "up", "--port", "0"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: list[str] = []
    address: list[str] = []
    is_settled = threading.Event()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if ready := re.search(r"ready at (http://\S+)", line):
                address.append(ready[1])
                is_settled.set()
        is_settled.set()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        is_settled.wait(90)
        assert address, "".join(said)
        yield address[0]
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        finally:
            process.kill()
            process.wait()
            listener.join(5)
            assert process.stdout is not None
            process.stdout.close()
    assert process.returncode == 0, "".join(said)
