# ruff: noqa: S608 -- all of it is written here
"""Triggers that look at every write as it is made, and note those that no promise allows.

What is written by an attempt that was superseded may be overwritten a moment later, so the rows at the end do not
tell. The triggers do: they see each row with the attempt that is the latest at that very moment, in the writer's own
transaction.
"""

from sqlalchemy import text

from db.connections.engine import Database
from spec.states import ENDED

_TABLES = ("epochs", "artifacts", "checkpoints")
_ENDED = ", ".join(f"'{status}'" for status in sorted(ENDED))

_POSTGRESQL = (
    "CREATE TABLE fault_audit (id bigserial PRIMARY KEY, what text NOT NULL)",
    """
    CREATE FUNCTION fault_audit_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      writer int;
      latest int;
    BEGIN
      IF TG_TABLE_NAME = 'events' THEN
        writer := (NEW.data_json::json ->> 'attempt')::int;
      ELSE
        writer := NEW.attempt;
      END IF;
      SELECT attempt INTO latest FROM jobs WHERE id = NEW.job_id;
      IF writer <> latest THEN
        INSERT INTO fault_audit (what) VALUES (
          format('F: %s: attempt %s wrote into %s when the latest was %s', NEW.job_id, writer, TG_TABLE_NAME, latest));
      END IF;
      RETURN NULL;
    END $$
    """,
    f"""
    CREATE FUNCTION fault_audit_job() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF OLD.status IN ({_ENDED}) AND (NEW.status <> OLD.status
                                       OR NEW.results_json IS DISTINCT FROM OLD.results_json) THEN
        INSERT INTO fault_audit (what) VALUES (format('D: %s: ended as %s, then %s', OLD.id, OLD.status, NEW.status));
      END IF;
      IF NEW.attempt < OLD.attempt OR NEW.attempt > OLD.attempt + 1 THEN
        INSERT INTO fault_audit (what) VALUES (
          format('F: %s: attempt went from %s to %s', OLD.id, OLD.attempt, NEW.attempt));
      END IF;
      RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER fault_audit AFTER UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION fault_audit_job()",
    "CREATE TRIGGER fault_audit AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION fault_audit_attempt()",
    *(
        f"CREATE TRIGGER fault_audit AFTER INSERT OR UPDATE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION fault_audit_attempt()"
        for table in _TABLES
    ),
)


def _sqlite_trigger(table: str, verb: str, writer: str) -> str:
    latest = "(SELECT attempt FROM jobs WHERE id = NEW.job_id)"
    return f"""
    CREATE TRIGGER fault_audit_{table}_{verb} AFTER {verb} ON {table}
    WHEN {writer} <> {latest}
    BEGIN
      INSERT INTO fault_audit (what) VALUES (
        printf('F: %s: attempt %s wrote into {table} when the latest was %s', NEW.job_id, {writer}, {latest}));
    END
    """


_SQLITE = (
    "CREATE TABLE fault_audit (id INTEGER PRIMARY KEY, what TEXT NOT NULL)",
    f"""
    CREATE TRIGGER fault_audit_jobs AFTER UPDATE ON jobs
    WHEN OLD.status IN ({_ENDED}) AND (NEW.status <> OLD.status OR NEW.results_json IS NOT OLD.results_json)
    BEGIN
      INSERT INTO fault_audit (what) VALUES (printf('D: %s: ended as %s, then %s', OLD.id, OLD.status, NEW.status));
    END
    """,
    """
    CREATE TRIGGER fault_audit_attempts AFTER UPDATE OF attempt ON jobs
    WHEN NEW.attempt < OLD.attempt OR NEW.attempt > OLD.attempt + 1
    BEGIN
      INSERT INTO fault_audit (what) VALUES (
        printf('F: %s: attempt went from %s to %s', OLD.id, OLD.attempt, NEW.attempt));
    END
    """,
    _sqlite_trigger("events", "INSERT", "json_extract(NEW.data_json, '$.attempt')"),
    *(_sqlite_trigger(table, verb, "NEW.attempt") for table in _TABLES for verb in ("INSERT", "UPDATE")),
)


async def install(database: Database) -> None:
    """Begin to look at every write."""
    async with database.write() as connection:
        for statement in _SQLITE if database.is_sqlite else _POSTGRESQL:
            await connection.exec_driver_sql(statement)


async def noted(database: Database) -> list[str]:
    """What no promise allows and was written all the same."""
    async with database.read() as connection:
        return list((await connection.execute(text("SELECT what FROM fault_audit ORDER BY id"))).scalars())
