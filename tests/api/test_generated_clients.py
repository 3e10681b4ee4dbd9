"""Clients that common generators make of the OpenAPI document: they compile, and talk with the service.

The document's snapshot is what people give to a generator. What is made in TypeScript is compiled with the strictest
checks, what is made in Python is imported without a warning.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api.openapi.snapshot import SNAPSHOT
from install.npm_packages import NODE, environment
from spec.metrics import METRIC_NAMES
from spec.networks.constraints import CONSTRAINT_NAMES
from spec.networks.initializers import INITIALIZER_NAMES
from spec.networks.regularizers import REGULARIZER_NAMES
from spec.training.losses import LOSS_NAMES
from spec.training.optimizers import OPTIMIZER_NAMES
from tests.api.service import Service

SOURCES = Path(__file__).resolve().parents[1] / "clients"
PACKAGES = Path(sys.prefix) / "clients" / "node_modules"
PYTHON_CLIENT = "made_by_openapi_python_client"
CALLS = {
    "openapi-python-client": (sys.executable, "-W", "error", "calls_by_python.py"),
    "openapi-typescript": (str(NODE), "compiled/calls_by_fetch.js"),
    "openapi-ts": (str(NODE), "compiled/calls_by_sdk.js"),
}


class Workshop:
    """A folder in which clients are made and used."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *command: str, given: str | None = None, **variables: str) -> str:
        """What a command writes to its standard output; it must succeed."""
        inherited = environment()
        path = f"{Path(sys.executable).parent}{os.pathsep}{inherited['PATH']}"
        ended = subprocess.run(
            command,
            cwd=self.folder,
            env={**inherited, "PATH": path, **variables},
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, f"{ended.stdout[-5000:]}\n{ended.stderr[-5000:]}"
        return ended.stdout

    def node(self, script: str, *arguments: str, **variables: str) -> str:
        return self.run(str(NODE), str(PACKAGES / script), *arguments, **variables)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """What the generators make; TypeScript is compiled too."""
    assert PACKAGES.is_dir(), "the generators are not installed: run `make clients`"
    shop = Workshop(shutil.copytree(SOURCES, tmp_path_factory.mktemp("made") / "clients"))
    (shop.folder / "node_modules").symlink_to(PACKAGES)
    made = (
        "--config",
        "openapi-python-client.yml",
        "--output-path",
        PYTHON_CLIENT,
        "--meta",
        "none",
        "--fail-on-warning",
    )
    shop.run("openapi-python-client", "generate", "--path", str(SNAPSHOT), *made)
    # Else a field that has a default would have to be sent.
    made = ("--output", "made_by_openapi_typescript.ts", "--default-non-nullable=false")
    shop.node("openapi-typescript/bin/cli.js", str(SNAPSHOT), *made)
    shop.node(".bin/openapi-ts", DOCUMENT=str(SNAPSHOT))
    shop.node("typescript/bin/tsc")
    return shop


def test_the_python_client_compiles(workshop: Workshop) -> None:
    modules = [
        ".".join(path.relative_to(workshop.folder).with_suffix("").parts)
        for path in (workshop.folder / PYTHON_CLIENT).rglob("*.py")
    ]
    assert f"{PYTHON_CLIENT}.models.job_spec" in modules
    workshop.run(sys.executable, "-W", "error", "-", given="\n".join(f"import {module}" for module in modules))


@pytest.mark.parametrize("generator", CALLS)
async def test_a_client_that_was_made_talks_with_the_service(
    service: Service, workshop: Workshop, generator: str
) -> None:
    key = service.client.headers["Authorization"].removeprefix("Bearer ")
    said = workshop.run(*CALLS[generator], ADDRESS=str(service.client.base_url), KEY=key, NAME=f"by {generator}")
    told = json.loads(said)
    job = (await service.client.get(f"/v1/jobs/{told['created']}")).json()
    assert told == {
        "created": job["id"],
        "read": job["id"],
        "initializer": "HeNormal",
        "listed": [job["id"]],
        "refused": "invalid_body",
        "pointers": told["pointers"],
    }
    assert "/network/layers/0/units" in told["pointers"]
    assert job["name"] == f"by {generator}"
    await service.client.post(f"/v1/jobs/{job['id']}/cancel")  # out of the way of others in the queue


def test_a_client_that_was_made_reads_every_name(workshop: Workshop) -> None:
    """Jobs are told of as they were sent, by whoever it was."""
    fields = {"kernel_initializer": INITIALIZER_NAMES, "kernel_regularizer": REGULARIZER_NAMES}
    fields["kernel_constraint"] = CONSTRAINT_NAMES
    sent: list[tuple[str, dict[str, Any]]] = [
        ("Dense", {"type": "Dense", "units": 1, field: name}) for field, names in fields.items() for name in names
    ]
    training = {"loss": "mse", "optimizer": "adam", "metrics": ["mse"], "epochs": 1}
    sent += [("TrainingSpec", {**training, "loss": name}) for name in LOSS_NAMES]
    sent += [("TrainingSpec", {**training, "optimizer": name}) for name in OPTIMIZER_NAMES]
    sent += [("TrainingSpec", {**training, "metrics": [name]}) for name in METRIC_NAMES]
    assert json.loads(workshop.run(sys.executable, "every_name.py", given=json.dumps(sent))) == []
