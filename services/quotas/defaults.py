"""What a project may have that has no quotas of its own."""

from db.projects.quotas import Quotas
from settings.shared import SharedSettings


def default_quotas(settings: SharedSettings) -> Quotas:
    """As the settings say, which are the same for all programs."""
    return Quotas(
        jobs_queued=settings.quota_jobs_queued,
        jobs_running=settings.quota_jobs_running,
        stored_bytes=settings.quota_stored_bytes,
        epoch_samples_per_day=settings.quota_epoch_samples_per_day,
        database_bytes=settings.quota_database_bytes,
    )
