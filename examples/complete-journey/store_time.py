"""Days of the store in instants of UTC and back."""

from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

# The package's R original builds its timestamps in this zone.
TIME_ZONE = "America/New_York"
_ZONE = ZoneInfo(TIME_ZONE)


def instant_text(seconds: int) -> str:
    """An instant as the evaluate request wants it."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def store_day(seconds: int) -> str:
    """The day on the store's calendar."""
    return datetime.fromtimestamp(seconds, _ZONE).strftime("%Y-%m-%d")


@lru_cache(maxsize=None)
def day_start(day: str) -> datetime:
    """The instant at which a day begins in the store, with the offset that holds then."""
    return datetime.combine(date.fromisoformat(day), time.min, _ZONE)


@lru_cache(maxsize=None)
def day_end(day: str) -> datetime:
    """The instant at which a day ends in the store, which is the beginning of the next one."""
    return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time.min, _ZONE)
