"""CONTRIBUTING's recipes for a layer, a callback, a signal and a setting, each done in a copy of the tree."""

import re
import sys
from pathlib import Path

import pytest

from tests.recipes.tree import PAGE, ROOT, Tree, recipe

LAYER = "## Add a layer, an optimizer, a loss, a metric, a schedule …"
CALLBACK, SIGNAL, SETTING = "## Add a callback", "## Add a signal", "## Add a setting"
PACKAGES = ("api", "background", "broker", "db", "launch", "services", "settings", "spec", "storage", "worker")
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
        "test_the_signal_arrives",
    ],
)
def test_a_recipe_does_what_it_promises(followed: tuple[str, dict[str, list[str]], Tree], test: str) -> None:
    assert re.search(rf"^PASSED .*::{test}(\[sqlite\])?$", followed[0], re.MULTILINE), followed[0]


@pytest.mark.parametrize(("heading", "most"), [(LAYER, 4), (CALLBACK, 3), (SIGNAL, 4)])
def test_a_recipe_touches_few_files(followed: tuple[str, dict[str, list[str]], Tree], heading: str, most: int) -> None:
    files = followed[1][heading]
    assert 0 < len(files) <= most
    tree = followed[2]
    tree.run(sys.executable, "-m", "ruff", "check", *files)
    tree.run(sys.executable, "-m", "ruff", "format", "--check", *files)


def test_the_recipe_for_a_setting(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree", ("docs/configuration.md", "pyproject.toml", *PACKAGES))
    assert tree.follow(SETTING) == ["settings/api.py"]
    command = recipe(SETTING)[-1].text.split()
    assert command[0] == ".venv/bin/python"
    table = tree.run(sys.executable, *command[1:])
    row = "| `NETCOACH_BANNER_SECONDS` | api | `5` | How long the API shows its banner. |"
    assert row in table.splitlines()
    page = (tree.folder / "docs" / "configuration.md").read_text()
    assert page.endswith("\n" + table.replace(f"{row}\n", "")), "nothing but the new row differs from the page"
    refused = tree.tried(sys.executable, "-m", "api", NETCOACH_BANNER_SECONDS="0", NETCOACH_HOME=str(tmp_path / "home"))
    assert refused.returncode == 2
    assert "NETCOACH_BANNER_SECONDS: This must be " in refused.stderr


def test_the_table_of_changes_names_files_that_are_there() -> None:
    _, _, behind = PAGE.read_text().partition("## Where a change goes\n")
    rows = [line for line in behind.partition("\n## ")[0].splitlines() if line.startswith("| A")]
    assert len(rows) >= 5
    for line in rows:
        names = re.findall(r"`([^`]+)`", line)
        assert names, line
        assert [name for name in names if not (ROOT / name).exists()] == [], line
