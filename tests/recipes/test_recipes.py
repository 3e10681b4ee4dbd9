"""CONTRIBUTING's recipes for a layer, a callback, a signal, a route and a setting, each done in a copy of the tree."""

import re
import sys
from pathlib import Path

import pytest

from tests.recipes.changes import table
from tests.recipes.tree import ROOT, Tree, recipe

LAYER = "## Add a layer, an optimizer, a loss, a metric, a schedule …"
CALLBACK, SIGNAL, ROUTE, SETTING = "## Add a callback", "## Add a signal", "## Add a route", "## Add a setting"
TABLE = "## Add a table, or a column"
PACKAGES = ("api", "background", "broker", "coach", "db", "launch", "services", "settings", "spec", "storage", "worker")
ROWS = {
    LAYER: "A kind of layer",
    CALLBACK: "A callback",
    SIGNAL: "A signal",
    ROUTE: "A route with an upload",
    SETTING: "A setting",
    TABLE: "A table",
}
"""The row of each recipe in the table of where a change goes."""
OTHERS = ("A field of the job document", "A page of the dashboard", "A technique", "A ready network")
TO_COME = frozenset({"web"})
"""Folders that the table names ahead of the first file in them."""
COPIED = ("docs", "pyproject.toml", "tests", "alembic.ini", "deploy", "install", *PACKAGES)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, list[str]], Tree]:
    """What the tests of `tests.recipes.followed` say in a copy where all was done, and the files of each recipe."""
    tree = Tree(tmp_path_factory.mktemp("recipes") / "tree", COPIED)
    (layer,) = recipe(LAYER)
    borders = tree.folder / "spec" / "layers" / "borders.py"
    # It is a layer that is there already: the copy is first made one of the time before it.
    assert borders.read_text().count(layer.text) == 1, "CONTRIBUTING shows another declaration than there is"
    borders.write_text(borders.read_text().replace(f"{layer.text}\n\n", ""))
    files = {LAYER: tree.follow(LAYER)}
    files[CALLBACK] = tree.follow(CALLBACK, ahead_of="CallbackField = ")
    files[SIGNAL] = tree.follow(SIGNAL)
    files[ROUTE] = tree.follow(ROUTE)
    told = tree.tried(
        *(sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "tests/recipes/followed.py")
    )
    return told.stdout + told.stderr, files, tree


@pytest.mark.parametrize(
    "test",
    [
        "test_a_job_with_the_layer_trains_as_in_keras",
        "test_the_catalog_and_the_description_have_the_layer_and_the_callback",
        "test_the_hooks_are_called_as_by_fit",
        "test_the_state_survives_a_resume_to_the_bit",
        "test_the_results_tell_of_the_callback",
        "test_the_route_answers",
        "test_the_route_asks_for_its_scope",
        "test_the_errors_of_the_route_are_problems",
        "test_the_openapi_document_has_the_route",
        "test_the_signal_arrives",
    ],
)
def test_a_recipe_does_what_it_promises(followed: tuple[str, dict[str, list[str]], Tree], test: str) -> None:
    assert re.search(rf"^PASSED .*::{test}(\[sqlite\])?$", followed[0], re.MULTILINE), followed[0]


@pytest.mark.parametrize("heading", [LAYER, CALLBACK, SIGNAL, ROUTE])
def test_a_recipe_touches_the_files_that_the_table_names(
    followed: tuple[str, dict[str, list[str]], Tree], heading: str
) -> None:
    files = followed[1][heading]
    row = table()[ROWS[heading]]
    assert 0 < len(files) <= row.most
    assert [file for file in files if not row.covers(file)] == []
    tree = followed[2]
    tree.run(sys.executable, "-m", "ruff", "check", *files)
    tree.run(sys.executable, "-m", "ruff", "format", "--check", *files)


def test_the_recipe_for_a_setting(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree", ("docs/configuration.md", "pyproject.toml", *PACKAGES))
    assert tree.follow(SETTING) == ["settings/api.py"]
    assert table()[ROWS[SETTING]].covers("settings/api.py")
    command = recipe(SETTING)[-1].text.split()
    assert command[0] == ".venv/bin/python"
    printed = tree.run(sys.executable, *command[1:])
    row = "| `NETCOACH_BANNER_SECONDS` | api | `5` | How long the API shows its banner. |"
    assert row in printed.splitlines()
    page = (tree.folder / "docs" / "configuration.md").read_text()
    assert page.endswith("\n" + printed.replace(f"{row}\n", "")), "nothing but the new row differs from the page"
    refused = tree.tried(sys.executable, "-m", "api", NETCOACH_BANNER_SECONDS="0", NETCOACH_HOME=str(tmp_path / "home"))
    assert refused.returncode == 2
    assert "NETCOACH_BANNER_SECONDS: This must be " in refused.stderr


def test_the_table_of_changes_names_files_that_are_there() -> None:
    assert set(table()) == {*ROWS.values(), *OTHERS}
    for change, row in table().items():
        assert row.paths, change
        assert [path for path in row.paths if path not in TO_COME and not (ROOT / path).exists()] == [], change


@pytest.mark.parametrize(
    ("change", "most"),
    [
        ("A kind of layer", 4),
        ("A callback", 3),
        ("A signal", 4),
        ("A route with an upload", 8),
        ("A field of the job document", 3),
        ("A page of the dashboard", 3),
    ],
)
def test_a_change_is_no_larger_than_the_house_wants(change: str, most: int) -> None:
    assert table()[change].most == most
