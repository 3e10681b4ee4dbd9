"""The limiter that the settings ask for."""

from urllib.parse import urlsplit

from api.rate_limits.buckets import Rate, RedisBuckets
from api.rate_limits.limiter import RateLimiter
from settings import ApiSettings

_REDIS = frozenset({"redis", "rediss", "redis+socket"})


def limiter_for(settings: ApiSettings) -> RateLimiter | None:
    """Counts in Redis where the broker is one, else in each process alone; None where nothing is limited."""
    limit = settings.rate_limit
    if limit is None:
        return None
    rate = Rate(*limit)
    url = settings.broker_url.get_secret_value()
    is_redis = urlsplit(url).scheme in _REDIS
    return RateLimiter(rate, RedisBuckets(url, rate) if is_redis else None)
