"""Every example in the documents is run; what is none is declared here, with the reason."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.docs.blocks import Block, blocks_of
from tests.docs.likeness import is_like
from tests.docs.sessions import ROOT, Session
from tests.services.service import running_service

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCKS = [block for page in PAGES for block in blocks_of(ROOT, page)]

RUN = frozenset({"console", "sh", "bash", "python", "json"})
DRAWN = frozenset({"mermaid"})
"""Pictures; `tests/db/test_transitions.py` compares the one of the states with the code."""

DECLARED = {
    "README.md": {
        "make demo": "installs, and trains on 60,000 images: .ci/run runs both",
        "make up": "needs an installation: tests/launch runs what it calls",
    },
    "CONTRIBUTING.md": {
        "git clone": "installs",
        "class UpSampling1D(OfSequences, Layer):": "quoted from spec/layers/borders.py",
        "class JobNote(Base):": "tests/recipes/test_table.py does it, in a copy of the tree",
        "make migration": "the same",
        "class StopAfterSteps(Callback):": "tests/recipes/test_recipes.py does it, in a copy of the tree",
        '"""Ends a training after so many steps."""': "the same",
        "from worker.trainer.callbacks.stop_after_steps": "the same",
        '"weight_norm"': "the same",
        "from worker.trainer.signals.weight_norm": "the same",
        "NON_FINITE,": "the same",
        '"""How large the largest weight of a layer is."""': "the same",
        '"""Rows in another order in each epoch."""': "the same",
        "from coach.techniques.data.scaled_inputs": "the same",
        "ScaledInputs(),": "the same",
        '"batch_too_large"': "the same",
        '"""Rows that come in the same order in every epoch."""': "the same",
        "from coach.rules.training.too_much_regularization": "the same",
        "BatchTooLarge(),": "the same",
        '"""Seeds': "the same",
        '"""The documents of seeds."""': "the same",
        '"""``/v1/seeds``."""': "the same",
        "import api.reports.resource": "the same",
        "api.catalog.resource.RESOURCE": "the same",
        "port: Annotated": "the same",
        ".venv/bin/python -m settings": "the same",
    },
    "docs/architecture.md": {"launch": "a picture of letters: lint-imports holds it"},
    "docs/configuration.md": {"NETCOACH_PORT: This": "what a start with wrong settings says: tests/settings"},
    "docs/compose.md": {
        "install -m 600": "needs Docker: `make test-compose` runs the same",
        "docker compose down": "needs Docker: tests/deploy runs the script that it is about",
    },
    "docs/operations.md": {
        "POST /v1/jobs": "a picture of letters: tests/worker/test_telemetry.py holds it",
        "RateLimit-Policy": "what a head looks like: tests/api/test_rate_limits.py",
        "python -m api.projects": "needs the service's settings: tests/api/test_quotas.py",
    },
    "docs/security.md": {"make key": "makes keys where the database is: tests/api runs `python -m api.keys`"},
    "docs/deployment.md": {
        "make up": "needs an installation: tests/launch runs what it calls",
        "[Unit]": "needs root and systemd",
        "export NETCOACH_DATABASE_URL": "needs servers of the reader's own",
        "CREATE ROLE": "needs a superuser: deploy/postgres/roles.sh does the same, and tests/deploy runs it",
        "rabbitmqctl": "needs RabbitMQ: `make test-rabbitmq` runs the same",
        "export NETCOACH_STORAGE_URL": "needs an object store: tests/faults/test_storage.py does the same",
        "{": "a policy of AWS's",
        "services:": "needs Docker",
    },
}
"""Blocks that are not run: the page, how the block begins, and why."""


def _reason(block: Block) -> str | None:
    declared = DECLARED.get(block.page, {})
    return next((reason for beginning, reason in declared.items() if block.first_line.startswith(beginning)), None)


def _is_example(block: Block) -> bool:
    return block.language in RUN and _reason(block) is None


def test_every_block_is_run_or_declared() -> None:
    unknown = [
        f"{block.page}:{block.line} ({block.language})"
        for block in BLOCKS
        if block.language not in RUN | DRAWN and _reason(block) is None
    ]
    assert not unknown, f"neither run nor declared in DECLARED: {unknown}"
    beginnings = {(page, beginning) for page, declared in DECLARED.items() for beginning in declared}
    used = {
        (page, beginning)
        for page, beginning in beginnings
        for block in BLOCKS
        if block.page == page and block.first_line.startswith(beginning)
    }
    assert not beginnings - used, "declared, and not there"


def test_what_is_quoted_stands_there() -> None:
    for block in BLOCKS:
        reason = _reason(block) or ""
        if reason.startswith("quoted from "):
            assert block.text in (ROOT / reason.removeprefix("quoted from ")).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service with a worker, for all pages."""
    with running_service(tmp_path_factory.mktemp("home")) as address:
        yield address


@pytest.mark.parametrize("page", sorted({block.page for block in BLOCKS if _is_example(block)}))
def test_the_examples_do_what_the_page_says(address: str, tmp_path: Path, page: str) -> None:
    session = Session(address, tmp_path)
    for block in BLOCKS:
        if block.page != page or not _is_example(block):
            continue
        if block.language == "console":
            session.run_console(block)
        elif block.language == "python":
            session.run_python(block.text)
        elif block.language == "json":
            _check_json(address, block)
        else:
            session.run_shell(block.text)


def _check_json(address: str, block: Block) -> None:
    said = json.loads(block.text)
    if "network" in said and "dataset" in said:
        answer = httpx.post(f"{address}/v1/jobs", json=said)
        assert answer.status_code == 201, f"{block.page}:{block.line}: {answer.text}"


@pytest.mark.parametrize(
    ("shown", "real", "expected"),
    [
        ('{"id":"job_01m826mt580evgfxydnr1yfjta",…}', '{"id":"job_01m826mt580evgfxydnr1yfjtb","a":1}', True),
        ('{"status":422,\n "at":"2026-11-22T18:00:12Z"}', '{"status":422,"at":"2027-01-01T00:00:00.5Z"}', True),
        ('{"status":422}', '{"status":404}', False),
        ('{"loss":0.25}', '{"loss":1.5e-05}', True),
        ('{"loss":0.25}', '{"loss":"NaN"}', False),
        ('{"a":1}', '{"a":1,"b":2}', False),
        ("HTTP/1.1 200 OK\nvary: Accept\n\nepoch", "HTTP/1.1 200 OK\r\ndate: x\r\nvary: Accept\r\n\r\nepoch", True),
        ("HTTP/1.1 200 OK\nvary: Accept\n\nepoch", "HTTP/1.1 200 OK\r\ndate: x\r\n\r\nepoch", False),
    ],
)
def test_what_is_like_a_shown_output(shown: str, real: str, *, expected: bool) -> None:
    assert is_like(shown, real) is expected
