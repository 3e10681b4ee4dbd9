"""Row 29: a project asks for all that is another's, on every route that the OpenAPI document has."""

import pytest

from storage.store import Store
from tests.api.service import Service
from tests.api.strangers import Findings, trespass, two_projects
from tests.faults.ledger import Tally
from tests.faults.stage import Stage


async def play(stage: Stage) -> Findings:
    """Two projects on the stage's API, and what one finds of the other."""
    storage = stage.home / "storage"
    service = Service(stage.client.http, stage.database, Store(f"file://{storage}"), storage, stage.database_url)
    async with two_projects(service, stage.folder) as company:
        return await trespass(company)


@pytest.mark.row(29)
async def test_nothing_of_another_project_is_found(stage: Stage, tally: Tally) -> None:
    await stage.start_api()
    found = await play(stage)
    tally.note(found.violations, tried=found.tried)


@pytest.mark.row(29)
@pytest.mark.long
async def test_all_of_it_is_found_where_rows_belong_to_nobody(stage: Stage, tally: Tally) -> None:
    await stage.start_api(rig=("--without", "projects"))
    tally.turned_red("projects", (await play(stage)).violations, letters="P")
