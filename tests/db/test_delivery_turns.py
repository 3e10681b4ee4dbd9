"""Projects take turns at the messages to webhooks, and none has more than a few under way, whoever sends them."""

import asyncio
from collections import Counter

from sqlalchemy import insert, update

from db.connections.engine import Database
from db.tables.columns import db_now
from db.tables.projects import Project
from db.tables.webhooks import Delivery
from db.webhooks import message_claims, webhooks
from db.webhooks import messages as deliveries
from db.webhooks.message_claims import MOST_OF_A_PROJECT, MOST_OF_A_WEBHOOK, Claimed
from tests.db.scenes import draft_webhook, in_read, in_write


async def make(database: Database, project: str, messages: int) -> str:
    """A webhook for which some messages wait."""
    new = draft_webhook(project=project)
    async with database.write() as connection:
        await webhooks.create(connection, new)
        for _ in range(messages):
            await deliveries.note_test(connection, new.id, project)
    return new.id


async def make_projects(database: Database, *names: str) -> None:
    async with database.write() as connection:
        await connection.execute(insert(Project), [{"id": name} for name in names])


async def take(database: Database) -> Claimed | None:
    return await in_write(database, message_claims.claim_due, 60)


async def take_all(database: Database) -> list[Claimed]:
    found: list[Claimed] = []
    while (claimed := await take(database)) is not None:
        found.append(claimed)
    return found


async def succeed(database: Database, claimed: Claimed) -> None:
    async with database.write() as connection:
        await deliveries.record_success(connection, claimed.delivery, response_status=204, duration_seconds=0.1)


async def test_a_project_has_a_few_under_way_and_its_webhooks_fewer(database: Database) -> None:
    await make_projects(database, "alpha", "beta")
    for _ in range(5):
        await make(database, "alpha", 3)
    hook = await make(database, "beta", 5)
    claimed = await take_all(database)
    assert Counter(one.project for one in claimed) == {"alpha": MOST_OF_A_PROJECT, "beta": MOST_OF_A_WEBHOOK}
    assert max(Counter(one.delivery.webhook_id for one in claimed).values()) <= MOST_OF_A_WEBHOOK
    assert await in_read(database, message_claims.next_due) is None
    # What was reported makes room for the next of the same project, and for it alone.
    await succeed(database, next(one for one in claimed if one.project == "beta"))
    assert await in_read(database, message_claims.next_due) is not None
    assert [one.delivery.webhook_id for one in await take_all(database)] == [hook]


async def test_who_has_fewest_under_way_is_next_and_of_equals_who_was_served_longest_ago(database: Database) -> None:
    await make_projects(database, "alpha", "beta", "gamma")
    for name in ("alpha", "alpha", "beta", "gamma"):
        await make(database, name, 6)
    served: list[str] = []
    for _ in range(6):
        claimed = await take(database)
        assert claimed is not None
        served.append(claimed.project)
        await asyncio.sleep(0.002)  # SQLite's clock knows milliseconds
        await succeed(database, claimed)
    assert served == ["alpha", "beta", "gamma"] * 2
    held = [await take(database), await take(database)]
    assert [one and one.project for one in held] == ["alpha", "beta"]
    # One of beta's is reported, so beta has none under way, and alpha one.
    assert held[1] is not None
    await succeed(database, held[1])
    following = [await take(database) for _ in range(2)]
    assert sorted(one.project for one in following if one) == ["beta", "gamma"]


async def test_processes_that_claim_at_once_take_no_more_together(database: Database) -> None:
    await make_projects(database, "alpha")
    for _ in range(4):
        await make(database, "alpha", 5)
    found = await asyncio.gather(*(take(database) for _ in range(12)))
    claimed = [one.delivery.id for one in found if one is not None]
    assert len(claimed) == len(set(claimed)) == MOST_OF_A_PROJECT


async def test_what_a_dead_process_had_counts_until_its_lease_is_over(database: Database) -> None:
    await make_projects(database, "alpha")
    hook = await make(database, "alpha", 3)
    claimed = await take_all(database)
    assert len(claimed) == MOST_OF_A_WEBHOOK
    assert await take(database) is None
    async with database.write() as connection:
        over = {"claimed_until": db_now(-1), "next_attempt_at": db_now(-1)}
        await connection.execute(update(Delivery).where(Delivery.id == claimed[0].delivery.id).values(**over))
    again = await take(database)
    assert again is not None
    assert (again.delivery.webhook_id, again.delivery.id) == (hook, claimed[0].delivery.id)
