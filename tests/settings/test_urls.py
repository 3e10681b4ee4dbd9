"""URLs that cannot be used are refused when a program starts, by the variable's name, and never repeated."""

from pathlib import Path

import pytest

from settings.urls import UrlUnusable, check_broker, check_database, check_storage, check_traces
from tests.settings.starting import Start, started
from tests.wording import faults_of_sentence

UNUSABLE = [
    (check_database, "postgresql://u:hunter2@h/x?foo=1", "`foo`"),
    (check_database, "postgresql://u:hunter2@h/x?sslmode=sure", "`sslmode`"),
    (check_database, "postgresql://u:hunter2@h/x?port=a", "`port`"),
    (check_database, "postgresql://u:hunter2@h/x?loop=1", "`loop`"),
    (check_database, "postgresql://u:hunter2@h/x?statement_cache_size=0", "`statement_cache_size`"),
    (check_database, "postgresql://u:hunter2@h/x?prepared_statement_cache_size=hunter2", "prepared_statement"),
    (check_database, "postgresql://u:hunter2@h/x?target_session_attrs=hunter2", "target_session_attrs"),
    (check_database, "postgresql://u:hunter2@h:1,i:2/x", "not a valid URL"),
    (check_database, "postgresql://u:12?hunter2=3@h/x", "One of the parameters"),
    (check_database, "postgresql://u:hunter2@[::1/x", "not a valid URL"),
    (check_database, "postgres://u:hunter2@h/x", "scheme"),
    (check_database, "sqlite://", "file"),
    (check_database, "sqlite:///:memory:", "file"),
    (check_database, "sqlite://hunter2/x", "file"),
    (check_database, "sqlite:////x%00y", "file"),
    (check_database, "sqlite:////x.db?timeout=hunter2", "`timeout`"),
    (check_broker, "redis://:hunter2@h/abc", "numbers"),
    (check_broker, "redis://:hunter2@h/1/2", "numbers"),
    (check_broker, "redis://:hunter2@h/-1", "numbers"),
    (check_broker, "redis://:hunter2@h/0?foo=1", "`foo`"),
    (check_broker, "redis://:hunter2@h/0?socket_timeout=abc", "`socket_timeout`"),
    (check_broker, "rediss://:hunter2@h/0?ssl_cert_reqs=hunter2", "`ssl_cert_reqs`"),
    (check_broker, "redis+socket://", "path"),
    (check_broker, "redis+socket:///s.sock?virtual_host=abc", "`virtual_host`"),
    (check_broker, "amqp://u:hunter2@h/v?foo=1", "`foo`"),
    (check_broker, "amqp://u:hunter2@h/v?heartbeat=abc", "`heartbeat`"),
    (check_broker, "amqp://u:hunter2@h:99999/v", "not a valid URL"),
    (check_storage, "hunter2", "such as"),
    (check_storage, "://hunter2", "such as"),
    (check_storage, "file://", "absolute"),
    (check_storage, "file://hunter2/x", "absolute"),
    (check_traces, "http://", "host"),
    (check_traces, "ftp://u:hunter2@h", "scheme"),
]
USABLE = [
    (check_database, "postgresql://u:p@h:5432/x?sslmode=require&prepared_statement_cache_size=0"),
    (check_database, "postgresql:///x?host=/run/postgresql&user=u"),
    (check_database, "postgresql+asyncpg://u:p@/x?host=a:1&host=b:2&target_session_attrs=primary"),
    (check_database, "sqlite:////srv/net coach/100%25.db"),
    (check_broker, "redis://"),
    (check_broker, "redis://:p@[::1]:6379/15"),
    (check_broker, "rediss://u:p@h/0?ssl_cert_reqs=required&ssl_ca_certs=/ca.pem"),
    (check_broker, "redis+socket:///run/redis.sock?virtual_host=2"),
    (check_broker, "amqps://u:p@h:5671/v?heartbeat=30"),
    (check_storage, "file:///srv/what is it?"),
    (check_storage, "s3://bucket/folder"),
    (check_traces, "https://collector:4318/v1/traces"),
]


@pytest.mark.parametrize(("check", "url", "reason"), UNUSABLE)
def test_what_cannot_be_used_is_refused_and_not_repeated(check: object, url: str, reason: str) -> None:
    assert callable(check)
    with pytest.raises(UrlUnusable) as refused:
        check(url)
    assert reason in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert faults_of_sentence(str(refused.value)) == [], refused.value


@pytest.mark.parametrize(("check", "url"), USABLE)
def test_what_can_be_used_is_taken(check: object, url: str) -> None:
    assert callable(check)
    check(url)


WRONG = {
    "NETCOACH_DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:1/x?foo=1",
    "NETCOACH_BROKER_URL": "redis://:hunter2@127.0.0.1:1/0?foo=1",
    "NETCOACH_STORAGE_URL": "nosuchkind://u:hunter2@h",
    "NETCOACH_TRACES_URL": "http://",
}
PROGRAMS = {
    "api": [],
    "api.app:from_environment": [],
    "api.keys": ["list"],
    "api.projects": ["show"],
    "db.migrate": [],
    "launch": ["up"],
    "worker": [],
    "worker.health": [],
}


def test_every_program_exits_with_2_and_names_the_variable(tmp_path: Path) -> None:
    # They all read their settings by the same few lines: two of them are given every variable, the others one.
    starts = [
        Start(program, arguments, {"NETCOACH_PORT": "0", variable: url})
        for variable, url in WRONG.items()
        for program, arguments in PROGRAMS.items()
        if variable == "NETCOACH_DATABASE_URL" or program in {"api", "worker"}
    ]
    for start, end in zip(starts, started(tmp_path, starts), strict=True):
        (variable,) = set(start.environment) & set(WRONG)
        assert end["exit"] == 2, (start, end)
        assert end["said"].startswith(f"{variable}: "), (start, end)
        assert end["said"].count("\n") == 1, (start, end)
        assert "hunter2" not in end["said"], start
