"""The corpus of hostile and broken files over HTTP: each is refused with a code, a place and a way out."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from spec.datasets.read_limits import LIMITS
from tests.api.service import assert_problem
from tests.data.served import Served
from tests.reader.test_corpus import CORPUS
from tests.wording import faults_of_sentence

SENT = {name: bad for name, bad in CORPUS.items() if bad.limits == LIMITS}
"""Those that break a limit as it is; the others show that there is one, and would be large."""
AT_ONCE = 4


@pytest.fixture(scope="module")
def answers(reading: Served) -> Iterator[dict[str, Future[tuple[httpx.Response, Any]]]]:
    """What is answered to each of them, and its data set once it was read; they are sent a few at a time."""

    def sent(data: bytes | str, name: str) -> tuple[httpx.Response, Any]:
        answer = reading.send(data, SENT[name].said)
        return answer, reading.told(answer) if answer.status_code == 201 else None

    with ThreadPoolExecutor(AT_ONCE) as threads:
        yield {name: threads.submit(sent, bad.make(), name) for name, bad in SENT.items()}


def test_there_are_enough() -> None:
    assert len(SENT) >= 60


@pytest.mark.parametrize("name", SENT)
def test_refused(reading: Served, answers: dict[str, Future[tuple[httpx.Response, Any]]], name: str) -> None:
    bad = SENT[name]
    answer, told = answers[name].result()
    if answer.status_code != 201:
        assert assert_problem(answer, 422, "invalid_body")["errors"][0]["pointer"] == "/file"
        return
    assert (told["status"], told["error"]["code"], told["rows"]) == ("failed", "data_error", None)
    faults = told["error"]["faults"]
    fault = next(fault for fault in faults if fault["code"] == bad.code)
    assert bad.at in (None, fault.get("line"), fault.get("place"))
    for one in faults:
        assert faults_of_sentence(one["message"]) == []
    assert_problem(reading.client.get(f"/v1/datasets/{told['id']}/preview"), 409, "dataset_not_ready")
    assert reading.client.delete(f"/v1/datasets/{told['id']}").status_code == 204


def test_nothing_is_left_of_them(reading: Served) -> None:
    for dataset in reading.client.get("/v1/datasets", params={"limit": 100}).json()["data"]:
        reading.client.delete(f"/v1/datasets/{dataset['id']}")
    reading.wait_until_empty()
