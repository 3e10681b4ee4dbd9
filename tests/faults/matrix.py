"""The rows of the fault matrix: what goes wrong, and what is promised nevertheless."""

from dataclasses import dataclass

LETTERS = {
    "L": "every acknowledged job ends in time, and is seen to end",
    "D": "one result per job, one job per key, one final event",
    "F": "no row by attempt n after n+1 was claimed",
    "M": "the epochs are 1..n without a gap, and equal to those of an undisturbed run bit for bit",
    "O": "no orphan process, file or lease",
}


@dataclass(frozen=True)
class Row:
    """A fault and its promise."""

    number: int
    fault: str
    promise: str


MATRIX = {
    number: Row(number, fault, promise)
    for number, fault, promise in (
        (1, "API killed after the commit, before the publish", "L D"),
        (2, "API killed before the commit; the client retries with its key", "L D"),
        (3, "the reply is lost, the client retries", "L D"),
        (4, "50 POSTs at once with one key", "D"),
        (5, "Redis killed with -9 and restarted empty", "L D"),
        (6, "Redis stopped for 60 s under load", "POST 201, its 99th percentile below 1 s; L"),
        (7, "Redis restarted 20 times under load", "a probe job ends in each cycle"),
        (8, "half-open connections to Redis", "back within 90 s"),
        (9, "Redis out of memory", "POST 201; L"),
        (10, "a message delivered ten times", "D F"),
        (11, "a message lost", "L"),
        (12, "trainer killed with -9 in an epoch", "L D F M O, resumed from its checkpoint"),
        (13, "supervisor killed with -9", "its trainer dies too; L D F M O"),
        (14, "worker frozen past its lease, then woken", "fenced off: L D F M O"),
        (15, "TERM and QUIT during training", "handed back, no attempt used up; L D M O"),
        (16, "worker dies in the final commit", "L D F M O"),
        (17, "PostgreSQL killed with -9 under load", "L D F M"),
        (18, "PostgreSQL down for longer than a lease", "L D F M"),
        (19, "connection cut during COMMIT", "the outcome is read back; L D"),
        (20, "connections terminated; pool exhausted", "503 with Retry-After, no other 5xx; L D"),
        (21, "SQLite, four writing processes", "no lost or rejected write; L D M"),
        (22, "disk full", "clean errors and failures, automatic recovery; L O"),
        (23, "a worker's clock one hour off", "leases unaffected: L D F"),
        (24, "a cancel races with the end of the job", "one final state"),
        (25, "trainer hangs while its supervisor sends heartbeats", "killed for lack of progress; L D F M O"),
        (26, "a job that always kills its trainer", "fails after its attempts; others unharmed"),
        (27, "two reconcilers", "each lease expired once; D F"),
        (28, "specs with 1e9 units, 1e6 layers, JSON nested 1e5 deep", "4xx within 100 ms of CPU, memory flat"),
        (
            29,
            "a project with another's ids, on every route of the OpenAPI document",
            "404, nothing about the other project",
        ),
        (30, "all of the above at random", "L D F M O"),
        (31, "one row, one file, one statement that always fails", "no worker stops, nothing else is blocked; L O"),
        (32, "a background loop dies", "it restarts, or `/readyz` is red and names it; L D F M O"),
        (
            33,
            "the object store unavailable, silent or denying access",
            "503, no attempt used up, automatic recovery; L D",
        ),
        (
            34,
            "the process that reads a file, or its worker, killed with -9",
            "`ready` as if undisturbed, or `failed`; L D F O",
        ),
        (35, "a file whose reading needs too much memory", "`out_of_memory` at once; others unharmed; L D O"),
        (36, "an upload cut at 20 random offsets, the API killed in between", "resumed to the same hash; L D F O"),
        (37, "disk full while uploading and while reading", "507, nothing left, automatic recovery; L O"),
        (38, "the same bytes uploaded twice at once, one deleted", "stored once, the other whole; L D O"),
        (42, "the planner of a repair killed between two steps", "no trial lost or doubled; L D M"),
        (43, "two planners of one repair", "each step taken once; L D"),
        (
            45,
            "a hostile tenant: the slowest bodies, unread answers, all listeners, hanging webhooks",
            "another project's requests and messages at most 3 x slower (p99); memory flat",
        ),
    )
}
