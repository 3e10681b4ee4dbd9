# ruff: noqa: S608 -- all of it is written here
"""Triggers that look at every write as it is made, and note those that no promise allows.

What is written by an attempt that was superseded may be overwritten a moment later, so the rows at the end do not
tell. The triggers do: they see each row with the attempt that is the latest at that very moment, in the writer's own
transaction.
"""

from dataclasses import dataclass

from sqlalchemy import text

from db.attempts.salvages import NO_ATTEMPT
from db.connections.engine import Database
from spec.kinds import READ
from spec.states import ENDED

_TABLES = ("epochs", "artifacts", "checkpoints")
_ENDED = ", ".join(f"'{status}'" for status in sorted(ENDED))
# What a reading found is kept with its data set alone, from its end on; and what is told of weights that were made of a
# checkpoint is added to what the job had told, together with them.
_IS_SALVAGED = f"EXISTS (SELECT 1 FROM artifacts WHERE job_id = NEW.id AND attempt = {NO_ATTEMPT})"
_IS_CHANGED = (
    f"NEW.results_json {{}} OLD.results_json AND NOT (NEW.kind = '{READ}' AND NEW.results_json IS NULL) "
    f"AND NOT {_IS_SALVAGED}"
)


@dataclass(frozen=True)
class _Watch:
    """A write that no promise allows.

    Attributes:
        table: Into which.
        verb: ``INSERT`` or ``UPDATE``.
        is_wrong: When; in SQL of both kinds, over ``OLD`` and ``NEW``.
        named: The row, as an expression over ``NEW``.
        what: What it is; a letter comes first.
    """

    table: str
    verb: str
    is_wrong: str
    named: str
    what: str

    @property
    def name(self) -> str:
        """Of its trigger."""
        return f"fault_audit_{WATCHES.index(self)}"

    def postgresql(self) -> tuple[str, str]:
        """A function and its trigger."""
        function = f"""
        CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF {self.is_wrong} THEN
            INSERT INTO fault_audit (what) VALUES ('{self._letter}: ' || {self.named} || '{self._rest}');
          END IF;
          RETURN NULL;
        END $$
        """
        return function, (
            f"CREATE TRIGGER {self.name} AFTER {self.verb} ON {self.table} FOR EACH ROW EXECUTE FUNCTION {self.name}()"
        )

    def sqlite(self) -> str:
        """A trigger."""
        return f"""
        CREATE TRIGGER {self.name} AFTER {self.verb} ON {self.table} WHEN {self.is_wrong}
        BEGIN
          INSERT INTO fault_audit (what) VALUES ('{self._letter}: ' || {self.named} || '{self._rest}');
        END
        """

    @property
    def _letter(self) -> str:
        return self.what.partition(": ")[0]

    @property
    def _rest(self) -> str:
        return f": {self.what.partition(': ')[2]}"


_NOTED = "NOT NEW.is_awaited AND NOT NEW.is_folder AND EXISTS"
WATCHES = (
    _Watch(
        "datasets",
        "UPDATE",
        "OLD.status <> 'processing' AND OLD.job_id = NEW.job_id AND (OLD.status <> NEW.status "
        "OR coalesce(OLD.facts_json, '') <> coalesce(NEW.facts_json, '') "
        "OR coalesce(OLD.error_json, '') <> coalesce(NEW.error_json, ''))",
        "NEW.id",
        "D: was read, and then was told otherwise",
    ),
    _Watch("datasets", "UPDATE", "OLD.blob_sha256 <> NEW.blob_sha256", "NEW.id", "D: got other bytes"),
    _Watch("blobs", "UPDATE", "OLD.key <> NEW.key OR OLD.size_bytes <> NEW.size_bytes", "NEW.key", "D: became another"),
    _Watch(
        "blobs",
        "INSERT",
        "EXISTS (SELECT 1 FROM stray_files WHERE key = NEW.key)",
        "NEW.key",
        "O: is referred to while it is noted to be removed",
    ),
    _Watch(
        "uploads",
        "UPDATE",
        "NEW.offset_bytes < OLD.offset_bytes OR NEW.turn < OLD.turn OR NEW.offset_bytes > NEW.size_bytes",
        "NEW.id",
        "F: went back, or beyond its end",
    ),
    _Watch(
        "uploads",
        "UPDATE",
        "NEW.offset_bytes <> OLD.offset_bytes AND NEW.turn <> OLD.turn",
        "NEW.id",
        "F: counted a part of another turn",
    ),
    _Watch(
        "stray_files",
        "INSERT",
        f"{_NOTED} (SELECT 1 FROM blobs WHERE key = NEW.key)",
        "NEW.key",
        "O: is to be removed, and is referred to",
    ),
    _Watch(
        "stray_files",
        "UPDATE",
        f"{_NOTED} (SELECT 1 FROM blobs WHERE key = NEW.key)",
        "NEW.key",
        "O: is to be removed, and is referred to",
    ),
)
"""Writes into the tables of data sets, of their files and of uploads."""

_POSTGRESQL = (
    "CREATE TABLE fault_audit (id bigserial PRIMARY KEY, what text NOT NULL)",
    # An event of none has no attempt, and what was made of a checkpoint afterwards is of none.
    f"""
    CREATE FUNCTION fault_audit_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      writer int;
      latest int;
    BEGIN
      IF TG_TABLE_NAME = 'events' THEN
        writer := (NEW.data_json::json ->> 'attempt')::int;
      ELSIF TG_TABLE_NAME = 'epoch_signals' THEN
        SELECT attempt INTO writer FROM epochs WHERE job_id = NEW.job_id AND epoch = NEW.epoch;
      ELSE
        writer := NEW.attempt;
      END IF;
      SELECT attempt INTO latest FROM jobs WHERE id = NEW.job_id;
      IF (TG_TABLE_NAME = 'events' AND writer IS NULL) OR (TG_TABLE_NAME = 'artifacts' AND writer = {NO_ATTEMPT}) THEN
        RETURN NULL;
      END IF;
      IF writer IS DISTINCT FROM latest THEN
        INSERT INTO fault_audit (what) VALUES (
          format('F: %s: attempt %s wrote into %s when the latest was %s', NEW.job_id, writer, TG_TABLE_NAME, latest));
      END IF;
      RETURN NULL;
    END $$
    """,
    f"""
    CREATE FUNCTION fault_audit_job() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF OLD.status IN ({_ENDED}) AND (NEW.status <> OLD.status OR ({_IS_CHANGED.format("IS DISTINCT FROM")})) THEN
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
        for table in (*_TABLES, "epoch_signals")
    ),
    *(statement for watch in WATCHES for statement in watch.postgresql()),
)


def _sqlite_trigger(table: str, verb: str, writer: str) -> str:
    latest = "(SELECT attempt FROM jobs WHERE id = NEW.job_id)"
    is_wrong = f"{writer} {'<>' if table == 'events' else 'IS NOT'} {latest}"
    if table == "artifacts":
        is_wrong += f" AND {writer} <> {NO_ATTEMPT}"
    return f"""
    CREATE TRIGGER fault_audit_{table}_{verb} AFTER {verb} ON {table}
    WHEN {is_wrong}
    BEGIN
      INSERT INTO fault_audit (what) VALUES (
        printf('F: %s: attempt %s wrote into {table} when the latest was %s', NEW.job_id, {writer}, {latest}));
    END
    """


_SQLITE = (
    "CREATE TABLE fault_audit (id INTEGER PRIMARY KEY, what TEXT NOT NULL)",
    f"""
    CREATE TRIGGER fault_audit_jobs AFTER UPDATE ON jobs
    WHEN OLD.status IN ({_ENDED}) AND (NEW.status <> OLD.status OR ({_IS_CHANGED.format("IS NOT")}))
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
    *(
        _sqlite_trigger(
            "epoch_signals", verb, "(SELECT attempt FROM epochs WHERE job_id = NEW.job_id AND epoch = NEW.epoch)"
        )
        for verb in ("INSERT", "UPDATE")
    ),
    *(watch.sqlite() for watch in WATCHES),
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
