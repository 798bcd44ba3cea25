"""So many requests a minute for each caller, told in headers."""

import time
from typing import Any

import redis
from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from api.principals import caller_of, principal_of

WINDOW_S = 60


class PerCaller(BaseThrottle):
    """A window of a minute, counted in Redis. Without Redis nobody is held up."""

    def allow_request(self, request: Request, view: Any) -> bool:
        now = int(time.time())
        self.wait_s = WINDOW_S - now % WINDOW_S
        limit: int = settings.API_REQUESTS_PER_MINUTE
        used = count(f"api:rate:{caller_of(principal_of(request))}:{now // WINDOW_S}")
        left = max(limit - used, 0)
        request._request.rate_headers = {  # type: ignore[attr-defined]
            "RateLimit-Limit": str(limit),
            "RateLimit-Remaining": str(left),
            "RateLimit-Reset": str(self.wait_s),
        }
        return used <= limit

    def wait(self) -> float:
        return self.wait_s


def count(name: str) -> int:
    """How often this was asked for in its window, this time included."""
    try:
        if cache.add(name, 1, 2 * WINDOW_S):
            return 1
        return cache.incr(name)
    except (redis.RedisError, ValueError):
        return 0
