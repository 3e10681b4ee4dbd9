"""``python -m api``: serves the API until told to stop."""

import asyncio
import gc
import resource
import sys

import uvicorn

from api.prometheus.shared_folder import metrics_folder
from db.connections.engine import Database
from db.errors import SchemaNotMigrated
from db.projects import keys
from settings import ApiSettings, load_or_exit
from settings.loading import EXIT_CODE
from settings.logs import configure_logging
from settings.privacy import keep_files_private

STOP_SECONDS = 10
"""How long requests under way may take to end once the service is told to stop."""
HANGING_SECONDS = 30
"""A serving process that gives no sign of life for so long is replaced, where there are several."""
OPEN_FILES = 65_536
"""Each client has one; a shell allows some 1,000 unless a program asks for more."""

_REMEDY = "Create one first (`make key` or `python -m api.keys create`), or listen on 127.0.0.1."


def main() -> None:
    """Serves with as many processes as the settings say; each makes its application from the environment."""
    keep_files_private()
    settings = load_or_exit(ApiSettings)
    configure_logging(settings, "api")
    if settings.is_embedded and not settings.is_keyless and not asyncio.run(_has_keys(settings)):
        sys.stderr.write(
            f"NETCOACH_HOST: {settings.host} is reachable from other machines, but no API key exists. {_REMEDY}\n"
        )
        sys.exit(EXIT_CODE)
    _allow_open_files()
    # To look through modules for garbage while they are imported takes a fifth of that time. The application lets the
    # collector work (`api.app.spare_the_collector`).
    gc.disable()
    with metrics_folder(settings):
        uvicorn.run(
            "api.app:from_environment",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.api_processes,
            http="api.serving.protocol:BoundedProtocol",  # by name: it is imported in the processes that serve
            ws="none",
            log_config=None,
            access_log=False,  # `api.serving.request_log` writes a line that names the request's id
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS,
            timeout_worker_healthcheck=HANGING_SECONDS,
        )


def _allow_open_files() -> None:
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


async def _has_keys(settings: ApiSettings) -> bool:
    database = Database(settings.database_url.get_secret_value(), pool_size=1)
    try:
        async with database.read() as connection:
            return await keys.count_usable(connection) > 0
    except SchemaNotMigrated:
        return False
    finally:
        await database.close()


if __name__ == "__main__":
    main()
