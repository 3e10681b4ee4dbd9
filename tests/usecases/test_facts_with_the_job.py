"""What is known of a data set is looked up when a job is made, stays with the job, and keeps the data set there."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from broker.publisher import Publisher
from db.attempts import endings
from db.attempts.attempts import Fence
from db.attempts.endings import Ending
from db.connections.engine import Database
from db.datasets import datasets, facts
from db.errors import DatasetInUse, DatasetNotFound
from db.jobs import jobs
from db.jobs.jobs import JobFilter
from db.projects.quotas import Quotas
from db.queue import claims
from db.queue.inputs import Input
from db.tables.base import DEFAULT_PROJECT
from services.actors import Actor
from services.context import Limits, ServiceContext
from services.dataset_facts import datasets_named_in, facts_in
from services.datasets.changes import remove
from services.errors import BodyFaulty, DatasetNotReady
from services.jobs import derivations
from services.jobs.creation import create
from services.jobs.drafts import Draft, draft
from services.lookups import look_up
from settings.traces import Trace
from spec.datasets.facts import CalledOtherwise, DatasetFacts
from spec.ids import new_id
from spec.inputs import DATASET_FILES, VALIDATION_FILES, InputName
from spec.patches.operations import read_patch
from spec.states import JobStatus
from tests.api.specs import digits
from tests.db import scenes
from tests.db.read_datasets import FACTS, being_read, files_of, ready
from tests.db.scenes import in_read, in_write, read

OWNER = Actor(DEFAULT_PROJECT, None, Trace("request_1"))
STRANGER = Actor("another", None, Trace("request_2"))
LIMITS = Limits(max_spec_bytes=2**20, max_memory_bytes=2**30)
DENSE = {"layers": [{"type": "Dense", "units": 3, "activation": "softmax"}]}


@pytest.fixture
async def context(database: Database, broker_url: str) -> AsyncIterator[ServiceContext]:
    made = ServiceContext.over(database, Publisher(broker_url), LIMITS, Quotas())
    yield made
    await made.hints.close()


def spec(dataset_id: str, **said: object) -> dict[str, Any]:
    """A job on two columns of a data set."""
    dataset = {"name": dataset_id, "features": ["age", "job"], **said}
    body = digits(dataset=dataset, network=DENSE)
    if "validation_from" in said:
        del body["training"]["validation_split"]
    return body


async def drafted(context: ServiceContext, body: object, actor: Actor = OWNER) -> Draft:
    found = await look_up(context, actor, body)
    return draft(body, facts_of=found.facts_of, max_memory_bytes=LIMITS.max_memory_bytes)


async def made(context: ServiceContext, body: object) -> str:
    """The id of a new job."""
    creation = await create(context, OWNER, await drafted(context, body))
    assert creation.made is not None
    return creation.made.row.id


def given(dataset_id: str, names: Mapping[str, InputName] = DATASET_FILES) -> list[Input]:
    """What an attempt is given of a data set."""
    return [Input(names[name], *file, is_shared=True) for name, file in files_of(dataset_id).items()]


async def test_a_job_is_given_its_data_sets_and_what_it_was_checked_by(
    context: ServiceContext, database: Database
) -> None:
    first, second = await ready(database), await ready(database)
    job_id = await made(context, spec(first, validation_from=second))
    claimed = await in_write(database, claims.claim_next, "worker_1", 0, ["cpu"], 30)
    assert claimed is not None
    assert claimed.dataset_facts_json is not None
    told = DatasetFacts.model_validate_json(claimed.dataset_facts_json)
    assert (told.name, told.rows, told.target_column) == (first, 100, "kind")
    assert [column.name for column in told.read] == ["age", "job", "kind"], "no more than it uses"
    assert claimed.inputs == (*given(first), *given(second, VALIDATION_FILES))
    # A claim whose answer was lost is read again.
    assert await in_read(database, claims.claim_of, "worker_1", 0) == claimed
    listed = await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(dataset=first), 10)
    assert [row.id for row in listed] == [job_id]


async def test_only_data_sets_that_are_named_are_looked_up_and_only_for_who_may_use_them(
    context: ServiceContext, database: Database
) -> None:
    dataset_id = await ready(database, name="adults")
    newer = await ready(database, name="adults")
    for body in ([], None, {}, {"dataset": 3}, {"dataset": {"name": [dataset_id]}}, {"dataset": {"split": {}}}):
        assert (await datasets_named_in(database, OWNER, body)).texts == ()
    found = await datasets_named_in(database, OWNER, {"dataset": dataset_id})
    known = found.facts_of(dataset_id)
    assert isinstance(known, DatasetFacts)
    assert found.texts
    assert [column.name for column in known.read] == ["age", "job", "note", "kind"]
    assert found.facts_of(newer) is None
    for names in ("adults", {"name": "iris", "validation_from": "adults"}):
        found = await datasets_named_in(database, OWNER, {"dataset": names})
        assert found.facts_of("adults") == CalledOtherwise(newer)
        assert found.facts_of("iris") is not None
    for name in (dataset_id, "adults", "\0" * 10, "x" * 1000):
        assert (await datasets_named_in(database, STRANGER, {"dataset": name})).facts_of(name) is None
    with pytest.raises(BodyFaulty) as refused:
        await drafted(context, spec(dataset_id), STRANGER)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/dataset/name", "unknown_dataset")]


async def test_a_data_set_that_is_not_ready_is_waited_for(context: ServiceContext, database: Database) -> None:
    whole, broken = await ready(database), await ready(database, is_sound=False)
    with pytest.raises(
        DatasetNotReady, match=r"could not be read\. Row 3 has 2 fields, not 3\. `GET /v1/datasets/.*` lists"
    ):
        await look_up(context, OWNER, {"dataset": broken})
    waiting = await being_read(database)
    for names in (waiting, {"name": waiting}, {"name": whole, "validation_from": waiting}):
        with pytest.raises(DatasetNotReady, match="wait_seconds=30"):
            await look_up(context, OWNER, {"dataset": names})


@pytest.mark.parametrize(
    ("file_format", "columns", "target"),
    [
        ("images", [{"name": "image", "type": "image"}, {"name": "class", "type": "category"}], "class"),
        ("npz", [{"name": "x", "type": "number"}, {"name": "y", "type": "number"}], "y"),
        (
            "npz",
            [{"name": "x", "type": "number"}, {"name": "label", "type": "number", "min": 0.0, "max": 9.0}],
            "label",
        ),
        ("npz", [{"name": "x", "type": "number"}, {"name": "label", "type": "number", "min": 0.5, "max": 9.0}], None),
        ("csv", [{"name": "x", "type": "number"}, {"name": "y", "type": "number"}], None),
    ],
)
def test_the_target_of_some_files_is_plain(file_format: str, columns: list[dict[str, Any]], target: str | None) -> None:
    told = [{"member": str(place), **column} for place, column in enumerate(columns)]
    text = json.dumps({"format": file_format, "target": None, "columns": told})
    row = facts.FactsRow("ds_1", None, "ready", 7, text, None)
    assert facts_in(row).target_column == target


async def test_a_child_on_another_data_set_is_checked_by_that(context: ServiceContext, database: Database) -> None:
    dataset_id = await ready(database)
    operations = read_patch([{"op": "replace", "path": "/dataset/name", "value": dataset_id}])
    patched = derivations.apply(context, "job_1", json.dumps(spec("digits")), operations)
    found = await look_up(context, OWNER, patched.document)
    assert derivations.derive(context, patched, found.facts_of).facts.name == dataset_id


async def test_a_data_set_stays_for_as_long_as_a_job_needs_it(context: ServiceContext, database: Database) -> None:
    first, second = await ready(database), await ready(database)
    made_ids = [await made(context, spec(first, validation_from=second)) for _ in range(2)]
    for dataset_id in (first, second):
        with pytest.raises(DatasetInUse, match=f"{made_ids[0]}.* and .*{made_ids[1]}"):
            await remove(context, OWNER, dataset_id)
    for _ in made_ids:
        claimed = await in_write(database, claims.claim_next, "worker_1", 0, ["cpu"], 30)
        assert claimed is not None
        assert {one.name for one in claimed.inputs} == {*DATASET_FILES.values(), *VALIDATION_FILES.values()}
        fence = Fence(claimed.job_id, claimed.attempt)
        await in_write(database, endings.finish, fence, Ending(status=JobStatus.CANCELLED))
    for dataset_id in (first, second):
        await remove(context, OWNER, dataset_id)
    with pytest.raises(BodyFaulty) as refused:
        await drafted(context, spec(first))
    assert refused.value.faults[0].code == "unknown_dataset"


@pytest.mark.parametrize("role", ["dataset", "validation"])
async def test_a_job_and_a_deletion_at_once_end_with_one_of_both(
    context: ServiceContext, database: Database, role: str
) -> None:
    """Whoever comes first: a job on a data set that is there, or a data set that is gone and has no job."""
    for turn in range(8):
        first, second = await ready(database), await ready(database)
        wanted = await drafted(context, spec(first, validation_from=second))
        contested = first if role == "dataset" else second

        async def delete(dataset_id: str = contested, pause: float = 0.001 * (turn % 4)) -> None:
            await asyncio.sleep(pause)
            await remove(context, OWNER, dataset_id)

        creation, deletion = await asyncio.gather(create(context, OWNER, wanted), delete(), return_exceptions=True)
        if isinstance(creation, BaseException):
            assert isinstance(creation, BodyFaulty), creation
            assert deletion is None
            (fault,) = creation.faults
            place = "name" if role == "dataset" else "validation_from"
            assert (fault.pointer, fault.code) == (f"/dataset/{place}", "unknown_dataset")
            with pytest.raises(DatasetNotFound):
                await in_read(database, datasets.get, contested, DEFAULT_PROJECT)
        else:
            assert isinstance(deletion, DatasetInUse), deletion
            assert (await read(database, creation.made.row.id)).status is JobStatus.QUEUED  # type: ignore[union-attr]
            assert await in_read(database, facts.find, [contested], DEFAULT_PROJECT)


async def test_whoever_deletes_waits_for_the_job_that_is_being_made(database: Database) -> None:
    """On PostgreSQL a lock on the row; on SQLite one transaction at a time."""
    dataset_id = await ready(database)
    async with database.write() as making:
        assert await facts.there(making, [dataset_id]) == {dataset_id}
        deleting = asyncio.create_task(in_write(database, datasets.delete, dataset_id, DEFAULT_PROJECT))
        await asyncio.sleep(0.2)
        assert not deleting.done()
        await jobs.create(making, scenes.draft(dataset=dataset_id))
    with pytest.raises(DatasetInUse):
        await deleting
    other = await ready(database)
    await in_write(database, datasets.delete, other, DEFAULT_PROJECT)
    assert await in_write(database, facts.there, [other, new_id("ds")]) == set()


async def test_a_draft_without_its_data_set_says_so(context: ServiceContext, database: Database) -> None:
    dataset_id = await ready(database, facts={**FACTS, "columns": [FACTS["columns"][0], FACTS["columns"][3]]})
    body = {**spec(dataset_id), "dataset": dataset_id}
    wanted = await drafted(context, body)
    await remove(context, OWNER, dataset_id)
    with pytest.raises(BodyFaulty) as refused:
        await create(context, OWNER, wanted)
    assert [fault.pointer for fault in refused.value.faults] == ["/dataset"]
