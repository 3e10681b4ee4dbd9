"""``python -m worker.health``, what a worker's container is asked, run against a real database."""

import asyncio
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

from db.connections.engine import Database
from db.workers import workers
from db.workers.workers import NewWorker
from spec.ids import new_id

ROOT = Path(__file__).resolve().parents[2]
LEASE_SECONDS = 2.0


async def register(database: Database, hostname: str) -> str:
    worker = NewWorker(id=new_id("worker"), hostname=hostname, pid=1, accelerators=["cpu"], slots=1)
    async with database.write() as connection:
        await workers.register(connection, worker)
    return worker.id


def ask(home: Path, url: str, *, lease_seconds: float = 600) -> subprocess.CompletedProcess[str]:
    """Run the program as the container does; its standard error also tells what it imported."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NETCOACH_")}
    environment |= {
        "NETCOACH_HOME": str(home),
        "NETCOACH_DATABASE_URL": url,
        "NETCOACH_LEASE_SECONDS": str(lease_seconds),
    }
    command = [sys.executable, "-X", "importtime", "-m", "worker.health"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


async def test_worker_is_healthy_while_it_is_heard_of(postgres_url: str, tmp_path: Path) -> None:
    database_url, database = postgres_url, Database(postgres_url)
    await register(database, "another host")
    before = ask(tmp_path, database_url)
    assert before.returncode == 1
    assert f"no worker on {socket.gethostname()} was heard of lately" in before.stderr

    sick = await register(database, socket.gethostname())
    async with database.write() as connection:
        await workers.heartbeat(connection, sick, busy=0, state="ready", failing=["orders", "slot 3"])
    unwell = ask(tmp_path, database_url)
    assert unwell.returncode == 1
    assert f"the worker {sick} has failing background loops: orders, slot 3" in unwell.stderr
    await register(database, socket.gethostname())
    healthy = ask(tmp_path, database_url)
    assert healthy.returncode == 0, healthy.stderr

    await asyncio.sleep(LEASE_SECONDS)
    assert ask(tmp_path, database_url, lease_seconds=LEASE_SECONDS).returncode == 1
    await database.close()


def test_database_that_is_away_is_told_in_a_line(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        port = listener.getsockname()[1]
        answer = ask(tmp_path, f"postgresql://netcoach:word@127.0.0.1:{port}/netcoach")
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert "word" not in answer.stderr.splitlines()[-1]


def test_check_is_cheap(sqlite_url: str, tmp_path: Path) -> None:
    imported = set(re.findall(r"\| +([\w.]+)$", ask(tmp_path, sqlite_url).stderr, re.MULTILINE))
    assert "sqlalchemy" in imported
    assert imported.isdisjoint({"tensorflow", "keras", "numpy", "sklearn", "celery"})
