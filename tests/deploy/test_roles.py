"""``deploy/postgres/roles.sh`` on a real PostgreSQL: a new database, one of an earlier release, and again."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.postgres import PostgresServer
from tests.services.servers import started

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "deploy" / "postgres" / "roles.sh"
RIGHTS = "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = "


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server of its own: roles belong to all of a server's databases."""
    with started(PostgresServer()) as made:
        yield made


def run_script(server: PostgresServer, password: str) -> None:
    path = f"{server._programs}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PGHOST": str(server.folder), "POSTGRES_PASSWORD": password}
    ended = subprocess.run(["sh", SCRIPT], env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def migrate(server: PostgresServer) -> None:
    """As the service's role, to which the socket asks for no password."""
    url = f"postgresql://netcoach@/netcoach?host={server.folder}"
    ended = subprocess.run(
        [sys.executable, "-m", "db.migrate"],
        cwd=ROOT,
        env=os.environ | {"NETCOACH_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def assert_rights(server: PostgresServer) -> None:
    assert server.execute(f"{RIGHTS}'netcoach'") == "f|f|f|f|f"
    assert server.execute("SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = 'postgres'") == "t"
    assert server.execute("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1") == "netcoach\npostgres"
    owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    assert server.execute(owners, "netcoach") == "netcoach"
    assert server.execute("SELECT has_database_privilege('netcoach', 'postgres', 'CONNECT')") == "f"


def test_a_new_database_is_its_roles_own_and_nothing_else_is(server: PostgresServer) -> None:
    run_script(server, "first")
    migrate(server)
    assert_rights(server)
    stored = server.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'netcoach'")
    assert stored.startswith("SCRAM-SHA-256$")
    run_script(server, "second'; --")
    assert server.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'netcoach'") != stored
    assert_rights(server)
    log = server._log.read_text(errors="replace")
    assert "first" not in log
    assert "second" not in log


def test_a_database_of_an_earlier_release_is_taken_over_with_all_that_is_in_it(server: PostgresServer) -> None:
    # As the image made it: the first superuser is called `netcoach`, and there is no other.
    server.execute("CREATE ROLE other SUPERUSER LOGIN")
    as_other = ["-h", server.folder, "-U", "other", "-d", "postgres", "-X", "-q", "-c"]
    rename = "ALTER ROLE postgres RENAME TO netcoach"
    subprocess.run([server._programs / "psql", *as_other, rename], check=True, capture_output=True)
    as_netcoach = ["-h", server.folder, "-U", "netcoach", "-d", "postgres", "-X", "-q", "-c"]
    for statement in ("DROP ROLE other", "ALTER ROLE netcoach PASSWORD 'old'", "CREATE DATABASE netcoach"):
        subprocess.run([server._programs / "psql", *as_netcoach, statement], check=True, capture_output=True)
    migrate(server)
    keep = [*as_netcoach[:5], "netcoach", "-X", "-q", "-c", "INSERT INTO projects (id) VALUES ('kept')"]
    subprocess.run([server._programs / "psql", *keep], check=True, capture_output=True)

    run_script(server, "new")

    assert_rights(server)
    assert server.execute("SELECT id FROM projects WHERE id = 'kept'", "netcoach") == "kept"
    migrate(server)
