"""The settings: defaults, refusals by name, secrets, and the table that documents them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from settings import ApiSettings, LaunchSettings, SettingsError, WorkerSettings, load
from settings.loading import variable
from settings.table import table
from tests.wording import faults_of_sentence


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("NETCOACH_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def refusal(kind: type[LaunchSettings | ApiSettings | WorkerSettings]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(kind)
    return caught.value.lines


def test_the_defaults_lie_in_the_home(tmp_path: Path) -> None:
    settings = load(ApiSettings)
    home = tmp_path / ".netcoach"
    assert settings.home == home
    assert home.is_dir()
    assert settings.is_embedded
    assert settings.database_url.get_secret_value() == f"sqlite:///{home}/netcoach.db"
    assert settings.broker_url.get_secret_value() == f"redis+socket://{home}/redis.sock"
    assert settings.storage_url.get_secret_value() == f"file://{home}/storage"


def test_the_heartbeat_follows_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETCOACH_LEASE_SECONDS", "12")
    assert load(WorkerSettings).heartbeat_seconds == 2.0


def test_a_heartbeat_too_slow_for_its_lease_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETCOACH_HEARTBEAT_SECONDS", "20")
    (line,) = refusal(WorkerSettings)
    wanted = "This must be at most 10, a third of NETCOACH_LEASE_SECONDS (30)."
    assert line == f"NETCOACH_HEARTBEAT_SECONDS: {wanted} Otherwise a single lost heartbeat would lose the job."


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETCOACH_DATABASE_URL", "")
    assert load(ApiSettings).is_embedded


def test_all_wrong_values_are_told_at_once_each_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETCOACH_PORT", "abc")
    monkeypatch.setenv("NETCOACH_LOG_FORMAT", "xml")
    monkeypatch.setenv("NETCOACH_WORKER_SLOTS", "0")
    names = [line.split(":")[0] for line in refusal(LaunchSettings)]
    assert sorted(names) == ["NETCOACH_LOG_FORMAT", "NETCOACH_PORT", "NETCOACH_WORKER_SLOTS"]


BAD = ("x", "-1", "0", "1.5", "1e30", "nan", "9" * 5000, "x,y", "netcoach_home", "ftp://host", "http://", "file://")
FREE = {"home", "host", "web_folder"}
"""Any text may be a folder's or a host's name; whether it is one is found out later."""


@pytest.mark.parametrize("field", sorted(LaunchSettings.model_fields.keys() - FREE))
def test_a_bad_value_of_every_variable_is_told_in_sentences(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    told: list[str] = []
    for value in BAD:
        monkeypatch.setenv(variable(field), value)
        try:
            load(LaunchSettings)
        except SettingsError as error:
            told += error.lines
    assert told, "every one of these is taken"
    for line in told:
        name, _, reason = line.partition(": ")
        assert name in {variable(field), "NETCOACH_HEARTBEAT_SECONDS"}, line
        assert faults_of_sentence(reason) == [], line
        assert not re.search("[Ii]nput|Value error|unable to", reason), line
        assert reason != "This value is not accepted.", line


def test_an_unknown_variable_is_refused_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETCOACH_WORKER_SLOT", "2")
    assert refusal(ApiSettings) == [
        'NETCOACH_WORKER_SLOT: This is not a known setting. Did you mean "NETCOACH_WORKER_SLOTS"?'
    ]


def test_a_variable_of_another_program_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETCOACH_WORKER_SLOTS", "2")
    assert load(ApiSettings).port == 8000


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("NETCOACH_DATABASE_URL", "mysql://user:hunter2@host/db"),
        ("NETCOACH_BROKER_URL", "memory://user:hunter2@host"),
        ("NETCOACH_BROKER_URL", "redis://user:hunter2@host:port/0"),
        ("NETCOACH_STORAGE_URL", "hunter2"),
        ("NETCOACH_STORAGE_URL", "ftp://user:hunter2@host/path"),
        ("NETCOACH_STORAGE_URL", "s3://user:hunter2@bucket/prefix"),
        ("NETCOACH_STORAGE_URL", "s3://"),
    ],
)
def test_a_refused_url_is_not_repeated(monkeypatch: pytest.MonkeyPatch, name: str, url: str) -> None:
    monkeypatch.setenv(name, url)
    (line,) = refusal(ApiSettings)
    assert line.startswith(f"{name}: ")
    assert "hunter2" not in line


def test_passwords_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETCOACH_DATABASE_URL", "postgresql://user:hunter2@host/db")
    settings = load(ApiSettings)
    assert "hunter2" not in f"{settings!r} {settings}"
    assert settings.database_url.get_secret_value() == "postgresql://user:hunter2@host/db"
    assert not settings.is_embedded


def test_a_home_that_cannot_be_made_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NETCOACH_HOME", str(tmp_path / "file" / "home"))
    (line,) = refusal(ApiSettings)
    assert line.startswith("NETCOACH_HOME: ")
    assert faults_of_sentence(line.removeprefix("NETCOACH_HOME: ")) == []


def test_a_program_exits_with_2_and_one_line_a_fault(tmp_path: Path) -> None:
    program = "from settings import ApiSettings, load_or_exit; load_or_exit(ApiSettings)"
    environment = {"NETCOACH_PORT": "99999", "NETCOACH_HOST": "", "PYTHONPATH": str(Path(__file__).parents[2])}
    ended = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr == "NETCOACH_PORT: This must be at most 65,535.\n"


@pytest.mark.parametrize("field", LaunchSettings.model_fields)
def test_every_variable_is_described_in_sentences(field: str) -> None:
    assert faults_of_sentence(LaunchSettings.model_fields[field].description or "") == []


def test_the_documented_table_is_the_coded_one() -> None:
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()
    assert page.endswith("\n" + table())
