from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import literal, select

from db.connections.engine import Database
from db.tables.columns import PlainText, UtcTime, db_now
from tests.db.scenes import in_read


async def through(database: Database, value: datetime) -> datetime:
    """The moment, sent to the database and back."""
    statement = select(literal(value, UtcTime()))
    return (await in_read(database, lambda connection: connection.execute(statement))).scalar_one()


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 31, 23, 59, 59, 123000, tzinfo=UTC),
        datetime(2026, 7, 1, 2, 0, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        datetime(1, 1, 2, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
    ],
)
async def test_a_moment_comes_back_in_utc(database: Database, moment: datetime) -> None:
    back = await through(database, moment)
    assert back == moment
    assert back.utcoffset() == timedelta(0)


async def test_a_moment_utc_cannot_say_becomes_the_nearest_one(database: Database) -> None:
    late = datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=14)))
    early = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    statement = select(literal(early, UtcTime()) < literal(noon, UtcTime()), literal(noon, UtcTime()) < late)
    assert (await in_read(database, lambda connection: connection.execute(statement))).one() == (True, True)


@pytest.mark.parametrize("offset_seconds", [0, 0.25, -0.25, 90, -3600, 1e8, 1e-7])
async def test_the_database_reckons_from_its_own_clock(database: Database, offset_seconds: float) -> None:
    statement = select(db_now(), db_now(offset_seconds))
    now, other = (await in_read(database, lambda connection: connection.execute(statement))).one()
    assert (other - now).total_seconds() == pytest.approx(offset_seconds, abs=0.002)
    assert abs(datetime.now(UTC) - now) < timedelta(minutes=1)


async def test_moments_are_compared_as_moments(database: Database) -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    elsewhere = datetime(2026, 1, 1, 13, tzinfo=timezone(timedelta(hours=2)))  # 11 in UTC
    statement = select(literal(elsewhere, UtcTime()) < literal(noon, UtcTime()))
    assert (await in_read(database, lambda connection: connection.execute(statement))).scalar_one()


@pytest.mark.parametrize(
    ("sent", "back"),
    [
        ("plain", "plain"),
        ("é 日本 😀", "é 日本 😀"),
        ("a\0b", "a\N{REPLACEMENT CHARACTER}b"),
        ("a\ud800b", "a?b"),
        ("", ""),
    ],
)
async def test_text_comes_back_unless_no_database_could_hold_it(database: Database, sent: str, back: str) -> None:
    statement = select(literal(sent, PlainText()))
    assert (await in_read(database, lambda connection: connection.execute(statement))).scalar_one() == back
