# noqa: INP001 - a script in a folder that is no package
"""Trains one small job through a running service and checks all that comes back: ``python main_job.py BASE_URL``.

The key is the first line of standard input. Needs the standard library alone. Exits with 0 if every check held;
else says which did not, and exits with 1.
"""

import hashlib
import io
import json
import sys
import time
import zipfile
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

READY_SECONDS = 180
TRAINING_SECONDS = 180
ANSWER_SECONDS = 15
EPOCHS = 5
LEAST_ACCURACY = 0.9
HTTP_OK, HTTP_CREATED, HTTP_UNAUTHORIZED = 200, 201, 401
CLOSED = ("/v1/jobs", "/v1/keys", "/v1/webhooks", "/v1/audit", "/v1/limits", "/metrics")
WRONG_KEY = f"nc_key_{26 * '0'}_{64 * '0'}"

JOB: dict[str, Any] = {
    "name": "digits, through the containers",
    "dataset": "digits",
    "network": {
        "layers": [
            {"type": "Flatten"},
            {"type": "Dense", "units": 64, "activation": "relu"},
            {"type": "BatchNormalization"},
            {"type": "Dense", "units": 10, "activation": "softmax"},
        ]
    },
    "training": {
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "optimizer": {"type": "Adam", "learning_rate": 0.003},
        "epochs": EPOCHS,
        "batch_size": 32,
        "validation_split": 0.1,
        "seed": 42,
    },
    "resources": {"accelerator": "cpu"},
}


class CheckFailed(Exception):
    """Something was not as it must be; the message says what."""


def require(is_so: object, fact: str) -> None:
    """Does nothing if it is so.

    Raises:
        CheckFailed: With the fact, if it is not.
    """
    if not is_so:
        raise CheckFailed(fact)


def call(url: str, key: str | None, body: object | None = None) -> tuple[int, bytes]:
    """Status and body of the answer to a GET, or to a POST of a JSON body."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} | ({} if key is None else {"Authorization": f"Bearer {key}"})
    request = Request(url, data=data, headers=headers)  # noqa: S310 - main takes HTTP alone
    try:
        with urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - as above
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


def wait_until_ready(base: str) -> None:
    """Waits until database, broker and a worker answer.

    Raises:
        CheckFailed: If they do not in time; with the last answer.
    """
    deadline = time.monotonic() + READY_SECONDS
    last = "nothing"
    while time.monotonic() < deadline:
        try:
            status, answer = call(f"{base}/readyz", None)
        except (URLError, OSError) as error:
            last = str(error)
        else:
            if status == HTTP_OK:
                return
            last = f"{status} {answer.decode()}"
        time.sleep(1)
    raise CheckFailed(f"the service was not ready after {READY_SECONDS} s: {last}")


def check_doors(base: str) -> None:
    """Nothing is told or taken without a key, nor with one that opens nothing."""
    for whose, key in (("no key", None), ("a wrong key", WRONG_KEY)):
        for path in CLOSED:
            status, answer = call(f"{base}{path}", key)
            require(status == HTTP_UNAUTHORIZED, f"with {whose} GET {path} answered {status}: {answer.decode()}")
        status, answer = call(f"{base}/v1/jobs", key, JOB)
        require(status == HTTP_UNAUTHORIZED, f"with {whose} POST /v1/jobs answered {status}: {answer.decode()}")


def check_version(base: str, key: str) -> None:
    """The image knows its version, and a worker tells the same one."""
    status, answer = call(f"{base}/v1/version", key)
    require(status == HTTP_OK, f"/v1/version answered {status}: {answer.decode()}")
    version = json.loads(answer)["version"]
    _, answer = call(f"{base}/v1/workers", key)
    told = [worker["versions"].get("netcoach") for worker in json.loads(answer)["data"]]
    require(told and set(told) == {version}, f"the API is {version}, the workers are {told}")


def train(base: str, key: str) -> str:
    """Posts the job, waits until it has ended well, and returns its URL.

    Raises:
        CheckFailed: If it is refused, fails or takes too long.
    """
    status, answer = call(f"{base}/v1/jobs", key, JOB)
    require(status == HTTP_CREATED, f"POST /v1/jobs answered {status}: {answer.decode()}")
    url = f"{base}/v1/jobs/{json.loads(answer)['id']}"
    deadline = time.monotonic() + TRAINING_SECONDS
    job: dict[str, Any] = {}
    while time.monotonic() < deadline:
        job = json.loads(call(url, key)[1])
        if job["status"] not in {"queued", "running"}:
            require(job["status"] == "succeeded", f"the job ended {job['status']}: {job['error']}")
            return url
        time.sleep(0.5)
    raise CheckFailed(f"the job had not ended after {TRAINING_SECONDS} s: {job}")


def check_metrics(url: str, key: str) -> float:
    """Every epoch's row is there and the network has learned; returns the last validation accuracy."""
    status, answer = call(f"{url}/metrics", key)
    require(status == HTTP_OK, f"metrics answered {status}: {answer.decode()}")
    rows = json.loads(answer)["data"]
    require([row["epoch"] for row in rows] == list(range(1, EPOCHS + 1)), f"the rows are not epochs 1 to {EPOCHS}")
    for row in rows:
        missing = {"loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"} - set(row["metrics"])
        require(not missing, f"epoch {row['epoch']} has no {sorted(missing)}")
    accuracy = rows[-1]["metrics"]["val_accuracy"]
    require(accuracy >= LEAST_ACCURACY, f"the validation accuracy is {accuracy}, below {LEAST_ACCURACY}")
    status, answer = call(f"{url}/results", key)
    require(status == HTTP_OK, f"results answered {status}: {answer.decode()}")
    return float(accuracy)


def check_model(url: str, key: str) -> int:
    """``model.keras`` downloads whole and is a Keras archive; returns its size in bytes."""
    listed = {row["name"]: row for row in json.loads(call(f"{url}/artifacts", key)[1])["data"]}
    for name in ("model.keras", "history.csv", "logs"):
        require(name in listed, f"there is no artifact {name}, but {sorted(listed)}")
    status, content = call(f"{url}/artifacts/model.keras", key)
    require(status == HTTP_OK, f"model.keras answered {status}")
    require(
        hashlib.sha256(content).hexdigest() == listed["model.keras"]["sha256"], "model.keras is not as it was stored"
    )
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = set(archive.namelist())
    require({"config.json", "metadata.json", "model.weights.h5"} <= parts, f"model.keras holds {sorted(parts)}")
    return len(content)


def main(arguments: list[str]) -> int:
    """Runs the checks one after the other."""
    if len(arguments) != 1 or not arguments[0].startswith(("http://", "https://")):
        sys.stderr.write("usage: main_job.py http://HOST:PORT, with a key on standard input\n")
        return 2
    base = arguments[0].rstrip("/")
    key = sys.stdin.readline().strip()
    try:
        wait_until_ready(base)
        check_doors(base)
        check_version(base, key)
        url = train(base, key)
        accuracy = check_metrics(url, key)
        size_bytes = check_model(url, key)
    except CheckFailed as failed:
        sys.stderr.write(f"FAILED: {failed}\n")
        return 1
    sys.stdout.write(f"{url}: validation accuracy {accuracy:.3f}, model.keras {size_bytes} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
