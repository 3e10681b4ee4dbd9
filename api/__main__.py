"""``python -m api``: serves the API until told to stop."""

import uvicorn

from api.metrics.shared_folder import metrics_folder
from settings import ApiSettings, load_or_exit
from settings.logs import configure_logging

STOP_SECONDS = 10
"""How long requests under way may take to end once the service is told to stop."""
HANGING_SECONDS = 30
"""A serving process that gives no sign of life for so long is replaced, where there are several."""


def main() -> None:
    """Serves with as many processes as the settings say; each makes its application from the environment."""
    settings = load_or_exit(ApiSettings)
    configure_logging(settings, "api")
    with metrics_folder(settings):
        uvicorn.run(
            "api.app:from_environment",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.api_processes,
            http="api.protocol:BoundedProtocol",  # by name: it is imported in the processes that serve
            ws="none",
            log_config=None,
            access_log=False,  # `api.request_log` writes a line that names the request's id
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS,
            timeout_worker_healthcheck=HANGING_SECONDS,
        )


if __name__ == "__main__":
    main()
