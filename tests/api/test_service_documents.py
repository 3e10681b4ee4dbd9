"""What the service tells of itself."""

import json
import re
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from api.datasets.examples import DATASETS, FORMS
from api.derivations.examples import DERIVATIONS
from api.jobs.examples import JOB_CHANGES, JOBS
from api.jobs.routes import MERGE_PATCHES
from api.keys.examples import KEYS
from api.networks.examples import INSPECTIONS
from api.openapi.snapshot import SNAPSHOT, snapshot
from api.requests.forms import MEDIA_TYPE as FORM_MEDIA_TYPE
from api.techniques.examples import PREVIEWS
from api.uploads.headers import PART_MEDIA_TYPE
from api.webhooks.examples import WEBHOOK_CHANGES, WEBHOOKS
from settings.version import VERSION
from spec.datasets.read_limits import LIMITS
from tests.api.service import Service, assert_problem
from tests.data.senders import FORM, add, form
from tests.data.senders import made as send_made
from tests.data.senders import upload as begin_upload

ROOT = Path(__file__).parent.parent.parent
HOW_TO_UPDATE = (
    "the API is described otherwise than in docs/openapi.json. If that is meant: run `python -m api.openapi`, read "
    "`git diff docs/openapi.json` as a client would, and commit it; a name that goes breaks clients"
)


async def test_the_snapshot_is_current(service: Service) -> None:
    assert SNAPSHOT.read_text(encoding="utf-8") == snapshot(), HOW_TO_UPDATE
    document = (await service.client.get("/openapi.json")).json()
    assert document["info"]["version"] == VERSION
    assert "/v1/jobs/{job_id}/results" in document["paths"]


def test_the_version_stands_in_one_place_and_goes_into_the_images() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert pyproject["project"]["version"] == VERSION
    rooms = pyproject["tool"]["importlinter"]["root_packages"]
    said = re.compile(rf"^\w*(?i:version)\w*(: \w+)? = [\"']{re.escape(VERSION)}[\"']", re.MULTILINE)
    assert [path for room in rooms for path in (ROOT / room).rglob("*.py") if said.search(path.read_text())] == []
    assert "COPY pyproject.toml /app/pyproject.toml" in (ROOT / "Dockerfile").read_text()


async def test_the_version_is_told(service: Service) -> None:
    answer = await service.client.get("/v1/version")
    python = ".".join(map(str, sys.version_info[:3]))
    assert answer.json() == {"object": "version", "version": VERSION, "api_version": "v1", "python": python}
    assert answer.headers["ETag"]
    for path in ("/healthz", "/openapi.json"):  # of which nobody is asked for a key
        without_key = await service.client.get(path, headers={"Authorization": ""})
        assert VERSION in without_key.text
    refused = await service.client.get("/v1/version", headers={"Authorization": ""})
    assert_problem(refused, 401, "authentication_required")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_the_bare_address_leads_to_the_docs(service: Service, method: str) -> None:
    answer = await service.client.request(method, "/", headers={"Authorization": ""})
    assert (answer.status_code, answer.headers["Location"], answer.content) == (307, "/docs", b"")
    followed = await service.client.request(method, "/", headers={"Authorization": ""}, follow_redirects=True)
    assert (followed.status_code, followed.url.path) == (200, "/docs")
    assert_problem(await service.client.post("/"), 405, "method_not_allowed")


async def test_every_reference_of_the_document_leads_somewhere(service: Service) -> None:
    text = (await service.client.get("/openapi.json")).text
    document = json.loads(text)
    references = set(re.findall(r'"\$ref":"([^"]+)"', text))
    assert references
    known = {f"#/components/{kind}/{name}" for kind, things in document["components"].items() for name in things}
    assert references <= known


SHOWN_DATASET = DATASETS["again"]["value"]["from"].encode()
SHOWN_UPLOAD = DATASETS["upload"]["value"]["upload"].encode()


async def test_every_example_of_the_document_works(service: Service) -> None:
    document = (await service.client.get("/openapi.json")).json()
    job = await service.client.post("/v1/jobs", json=JOBS["digits"]["value"])
    webhook = await service.client.post("/v1/webhooks", json=WEBHOOKS["failures"]["value"])
    dataset = (await send_made(service.client, b"weight,fruit\n1,pear\n"))["id"]
    upload = (await begin_upload(service.client, 4)).rpartition("/")[2]
    assert (await add(service.client, f"/v1/uploads/{upload}", 0, b"a\n1\n")).status_code == 204
    made = [webhook.headers["Location"], f"/v1/datasets/{dataset}"]
    tried = 0
    for template, operations in document["paths"].items():
        path = template.replace("{job_id}", job.json()["id"]).replace("{webhook_id}", webhook.json()["id"])
        path = path.replace("{name}", "batch_normalization")
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            for media_type, shown in content.items():
                if media_type == PART_MEDIA_TYPE:
                    assert "examples" not in shown  # any bytes will do
                    continue
                for example in shown["examples"].values():
                    head, sent = _as_sent(media_type, example["value"])
                    sent = sent.replace(SHOWN_DATASET, dataset.encode()).replace(SHOWN_UPLOAD, upload.encode())
                    answer = await service.client.request(method, path, content=sent, headers=head)
                    assert str(answer.status_code) == min(operation["responses"], key=_is_not_of_creation), answer.text
                    assert answer.json().get("warnings", []) == [], example["summary"]
                    if path in {"/v1/webhooks", "/v1/datasets"}:
                        made.append(answer.headers["Location"])
                    tried += 1
    once = (JOBS, INSPECTIONS, DERIVATIONS, KEYS, WEBHOOKS, WEBHOOK_CHANGES, FORMS, DATASETS, PREVIEWS)
    assert tried == sum(map(len, once)) + len(MERGE_PATCHES) * len(JOB_CHANGES)
    for location in made:
        assert (await service.client.delete(location)).status_code == 204


def _as_sent(media_type: str, value: dict[str, str]) -> tuple[dict[str, str], bytes]:
    """The headers and the body of an example."""
    if media_type == FORM_MEDIA_TYPE:
        return FORM, form(value["file"].encode(), value["description"].encode())
    assert media_type in MERGE_PATCHES
    return {"Content-Type": media_type}, json.dumps(value).encode()


def _is_not_of_creation(status: str) -> tuple[bool, str]:
    """Of the answers that a call may give, the one without `dry_run` comes first."""
    return status != "201", status


async def test_the_docs_are_one_page_without_anything_from_elsewhere(service: Service) -> None:
    answer = await service.client.get("/docs")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    open_tags: list[str] = []
    links: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag not in {"script", "img", "iframe"}
            links.extend(value or "" for name, value in attrs if name in {"href", "src"})
            if tag != "meta":
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    Reader().feed(answer.text)
    assert open_tags == []
    assert all(link.startswith(("#", "/")) for link in links)
    anchors = set(re.findall(r'id="([^"]+)"', answer.text))
    assert {link[1:] for link in links if link.startswith("#")} <= anchors
    for call in ("/v1/jobs/{job_id}/cancel", "/v1/networks/inspect", "/readyz"):
        assert call in answer.text


async def test_the_catalog_names_what_a_spec_can_say(service: Service) -> None:
    answer = await service.client.get("/v1/catalog")
    assert answer.status_code == 200
    told = answer.json()
    assert told["object"] == "catalog"
    for name in (
        "BatchNormalization",
        "ExponentialDecay",
        "Nadam",
        "EarlyStopping",
        "fashion_mnist",
        "VarianceScaling",
    ):
        assert name in answer.text


async def test_the_limits_are_those_kept(service: Service) -> None:
    told = (await service.client.get("/v1/limits")).json()
    assert told["object"] == "limits"
    sizes = {name: told[f"max_{name}"] for name in ("dataset_rows", "dataset_columns", "picture_pixels")}
    assert sizes == {"dataset_rows": LIMITS.rows, "dataset_columns": LIMITS.columns, "picture_pixels": LIMITS.pixels}
    body = b" " * (told["max_body_bytes"] + 1)
    answer = await service.client.post("/v1/jobs", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert (await service.client.get("/v1/jobs", params={"limit": told["max_page_items"]})).status_code == 200
    assert (await service.client.get("/v1/jobs", params={"limit": told["max_page_items"] + 1})).status_code == 422


async def test_it_is_alive_and_ready_once_a_worker_is(service: Service) -> None:
    alive = await service.client.get("/healthz")
    assert (alive.status_code, alive.json()) == (200, {"status": "ok", "version": VERSION})
    unready = await service.client.get("/readyz")
    told = assert_problem(unready, 503, "not_ready")
    assert told["detail"] == "No worker is alive."
    assert int(unready.headers["Retry-After"]) >= 1
    async with service.worker() as worker_id:
        ready = await service.client.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"status": "ok", "version": VERSION})
        listed = (await service.client.get("/v1/workers")).json()
        assert (listed["object"], listed["has_more"]) == ("list", False)
        (worker,) = [one for one in listed["data"] if one["id"] == worker_id]
        assert worker["object"] == "worker"
        assert (worker["slots"], worker["busy"], worker["accelerators"]) == (2, 0, ["cpu"])
        assert worker["heartbeat_at"] >= worker["started_at"]


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/healthz"])
async def test_what_asks_nothing_of_the_database_answers_while_it_is_away(
    lonely_service: httpx.AsyncClient, path: str
) -> None:
    assert (await lonely_service.get(path)).status_code == 200


async def test_what_is_missing_is_named(lonely_service: httpx.AsyncClient) -> None:
    told = assert_problem(await lonely_service.get("/readyz"), 503, "not_ready")
    assert told["detail"] == "The database does not answer. The broker does not answer."


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/jobs/job_" + "0" * 26, "/v1/workers", "/v1/limits"])
async def test_without_the_database_the_client_is_asked_to_come_again(
    lonely_service: httpx.AsyncClient, path: str
) -> None:
    answer = await lonely_service.get(path)
    assert_problem(answer, 503, "database_unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
