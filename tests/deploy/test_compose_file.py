"""What docker-compose.yml, the Dockerfile and .env.example promise; no container engine is needed."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings.launch import LaunchSettings
from settings.loading import variable

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
LONG_RUNNING = sorted(set(SERVICES) - {"migrate"})
PASSWORDS = ("NETCOACH_POSTGRES_PASSWORD", "NETCOACH_REDIS_PASSWORD")


def packages(file: str) -> set[str]:
    """The names of the packages that a lock file holds."""
    return set(
        re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*])?==", (ROOT / "requirements" / file).read_text(), re.MULTILINE)
    )


@pytest.mark.parametrize("image", ["api.txt", "worker-cpu.txt", "worker-gpu.txt", "embedded.txt"])
def test_every_image_holds_what_an_object_store_needs(image: str) -> None:
    assert "botocore" in packages(image)


def test_services_are_those_of_the_deployment() -> None:
    assert set(SERVICES) == {"postgres", "redis", "migrate", "api", "worker", "worker-gpu"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_container_is_hardened_and_limited(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert "cap_add" not in service
    assert service["logging"]["options"]["max-size"]
    assert {"cpus", "memory", "pids"} <= set(service["deploy"]["resources"]["limits"])


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_what_runs_on_is_watched_and_restarted(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


def test_nobody_runs_as_root() -> None:
    for name in ("postgres", "redis"):
        assert SERVICES[name]["user"] == name
    for target in ("api", "worker", "worker-gpu"):
        stage = DOCKERFILE.split(f"AS {target}\n")[1].split("\nFROM ")[0]
        users = re.findall(r"^USER (\S+)", stage, re.MULTILINE)
        assert users == ["10001:10001"], target


def test_no_password_has_a_default() -> None:
    required = [f"${{{name}:?set it to a long random word of letters and digits}}" for name in PASSWORDS]
    # Every password within a URL, and every variable that is one, is one of these and nothing else.
    assert sorted(set(re.findall(r"://\w*:(.*)@", TEXT))) == required
    of_variables = re.findall(r"^ *\w*(?:PASSWORD|SECRET|KEY|AUTH)\w*: *(.*)$", TEXT, re.MULTILINE)
    assert sorted(set(of_variables)) == required
    assert re.findall(r"\$\{(?:NETCOACH_\w*PASSWORD)[^}]*}", TEXT).count(required[0]) == len(of_variables)
    for name in PASSWORDS:
        assert re.search(rf"^{name}=$", (ROOT / ".env.example").read_text(), re.MULTILINE)


def test_only_the_api_is_published_and_on_the_loopback_address_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"api": ["127.0.0.1:${NETCOACH_PORT:-8000}:8000"]}


def test_database_and_broker_are_reached_from_inside_alone() -> None:
    inside = {name for name, network in COMPOSE["networks"].items() if network == {"internal": True}}
    for name in ("postgres", "redis", "migrate"):
        assert set(SERVICES[name]["networks"]) <= inside


def test_the_api_and_the_workers_reach_database_and_broker_and_not_one_another() -> None:
    networks = {name: set(service["networks"]) for name, service in SERVICES.items()}
    for worker in ("worker", "worker-gpu"):
        assert not networks["api"] & networks[worker]
        assert networks[worker] & networks["postgres"] & networks["redis"]
    assert networks["api"] & networks["postgres"] & networks["redis"]


def test_redis_asks_for_a_password_that_no_list_of_processes_shows() -> None:
    redis = SERVICES["redis"]
    assert "requirepass $$REDISCLI_AUTH" in redis["command"][-1]
    assert "protected-mode" not in TEXT
    assert not any("${" in part for part in redis["command"])
    assert redis["healthcheck"]["test"][:3] == ["CMD", "redis-cli", "-e"]


def test_the_service_is_not_postgresqls_superuser() -> None:
    assert "POSTGRES_USER" not in SERVICES["postgres"]["environment"], "the superuser is called `postgres`"
    script = "./deploy/postgres/roles.sh:/docker-entrypoint-initdb.d/roles.sh:ro"
    assert script in SERVICES["postgres"]["volumes"]
    assert os.access(ROOT / "deploy" / "postgres" / "roles.sh", os.X_OK), "the image would read it into its own shell"
    assert "://netcoach:" in SERVICES["migrate"]["environment"]["NETCOACH_DATABASE_URL"]


def test_the_migration_is_told_of_nothing_but_the_database() -> None:
    assert "NETCOACH_BROKER_URL" not in SERVICES["migrate"]["environment"]


def test_tables_are_migrated_once_before_anyone_uses_them() -> None:
    assert SERVICES["migrate"]["restart"] == "no"
    assert SERVICES["migrate"]["command"] == ["python", "-m", "db.migrate"]
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in ("api", "worker", "worker-gpu"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_gpu_worker_waits_for_its_profile_and_reserves_gpus() -> None:
    assert [name for name, service in SERVICES.items() if "profiles" in service] == ["worker-gpu"]
    assert SERVICES["worker-gpu"]["profiles"] == ["gpu"]
    (device,) = SERVICES["worker-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}


def test_api_and_workers_share_the_storage() -> None:
    for name in ("api", "worker", "worker-gpu"):
        assert "storage:/var/lib/netcoach/storage" in SERVICES[name]["volumes"]


def test_a_worker_has_the_time_to_hand_its_jobs_back() -> None:
    for name in ("worker", "worker-gpu"):
        assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) >= 30


def test_every_setting_given_to_a_container_is_one() -> None:
    known = {variable(field) for field in LaunchSettings.model_fields}
    for service in SERVICES.values():
        ours = {key for key in service.get("environment", {}) if key.startswith("NETCOACH_")}
        assert ours <= known
    assert set(re.findall(r"\b(NETCOACH_[A-Z_]+)=", DOCKERFILE)) <= known


def test_env_example_names_every_variable_that_is_read() -> None:
    read = set(re.findall(r"\$\{([A-Z_]+)", TEXT))
    told = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert read == told


def test_env_example_tells_the_defaults() -> None:
    defaults = dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)}", TEXT))
    told = dict(re.findall(r"^#([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    del defaults["DATASETS_FOLDER"], told["DATASETS_FOLDER"]  # its default is a volume, its example a folder
    assert told == defaults


@pytest.mark.parametrize(
    ("file", "tensorflow"),
    [
        ("api.txt", set()),
        ("worker-cpu.txt", {"tensorflow-cpu"}),
        ("worker-gpu.txt", {"tensorflow"}),
    ],
)
def test_each_image_holds_the_tensorflow_it_needs(file: str, tensorflow: set[str]) -> None:
    assert {name for name in packages(file) if name in {"tensorflow", "tensorflow-cpu", "keras"}} == (
        tensorflow | ({"keras"} if tensorflow else set())
    )
    assert f"/requirements/{file}" in DOCKERFILE


def test_images_install_wheels_by_hash_and_name_no_address() -> None:
    installs = re.findall(r"pip install[^\n]*", DOCKERFILE)
    assert len(installs) == 3
    for install in installs:
        assert {"--require-hashes", "--only-binary", "--no-cache-dir"} <= set(install.split())
    assert "://" not in re.sub(r"file://\S*", "", DOCKERFILE)
    assert "ARG" not in DOCKERFILE
    assert not re.search(r"\b(FROM|image:) *[\w-]+\.[\w.-]+/", DOCKERFILE + TEXT)


def test_images_hold_the_rooms_they_need_and_no_other() -> None:
    rooms = set(re.findall(r"^COPY (\w+) /app/", DOCKERFILE, re.MULTILINE))
    assert rooms == {
        "background",
        "spec",
        "coach",
        "settings",
        "db",
        "storage",
        "broker",
        "services",
        "api",
        "worker",
        "examples",
    }
    allowed = set(re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert allowed == rooms | {"requirements", "pyproject.toml"}
