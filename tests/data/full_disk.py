"""``python -m tests.data.full_disk HOME``, within a namespace where HOME/storage is a small disk of its own.

Prints as JSON what was answered to a file that is larger than the disk, what of it is left there, and what was answered
to a small one afterwards.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import httpx

from db.migrate import upgrade
from tests.api.service import running_api
from tests.data.senders import FORM, form


def main(home: Path) -> dict[str, Any]:
    """What came of it."""
    upgrade(f"sqlite:///{home}/netcoach.db")
    with running_api(home, broker_url="redis://127.0.0.1:1/0") as address:

        def send(size: int) -> list[Any]:
            answer = httpx.post(f"{address}/v1/datasets", content=form(bytes(size)), headers=FORM, timeout=30)
            return [answer.status_code, answer.json().get("code")]

        large = send(6 * 2**20)
        left = [path.name for path in (home / "storage").rglob("*") if path.is_file()]
        return {"large": large, "left": left, "small": send(2**20)}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    sys.stdout.write(json.dumps(main(folder)) + "\n")
    shutil.rmtree(folder / "storage", ignore_errors=True)
