"""The page and its files, as a browser asks for them: of a small page here, until there is a build of a real one."""

import gzip
import http.client
from collections.abc import AsyncIterator
from html.parser import HTMLParser

import httpx
import pytest

from tests.api.service import assert_problem, running_api

INDEX = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<link rel="stylesheet" href="/assets/index-DkX3k2d9.css"><link rel="icon" href="/assets/icon-Bq81xZ0a.svg">
<script type="module" src="/assets/index-B-x3kd_9.js"></script></head><body><main id="root"></main></body></html>
"""
SCRIPT = "document.getElementById('root').textContent = 'It runs.';\n" * 40
FILES = {
    "index-B-x3kd_9.js": (SCRIPT.encode(), "text/javascript; charset=utf-8"),
    "index-DkX3k2d9.css": (b"main { color: green; }", "text/css; charset=utf-8"),
    "icon-Bq81xZ0a.svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
    "letters-C0ffee12.woff2": (b"wOF2" + bytes(2000), "font/woff2"),
}
IMMUTABLE = "public, max-age=31536000, immutable"
NOWHERE = "127.0.0.1:1"


@pytest.fixture(scope="module")
async def page(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    """An API that asks for keys and has a page, while neither its database nor its broker is there."""
    home = tmp_path_factory.mktemp("home")
    folder = tmp_path_factory.mktemp("web")
    (folder / "index.html").write_text(INDEX)
    (folder / "assets" / "more").mkdir(parents=True)
    for name, (content, _) in FILES.items():
        (folder / "assets" / name).write_bytes(content)
    (folder / "assets" / "more" / "deep-A1b2C3d4.js").write_text("1")
    (folder / "assets" / "plain.js").write_text("2")
    (folder / "secret.txt").write_text("beside the page")
    (folder / "assets" / ".hidden.js").write_text("3")
    (folder / "assets" / "program-A1b2C3d4.py").write_text("4")
    (folder / "assets" / "out-A1b2C3d4.txt").symlink_to(folder / ".." / "elsewhere.txt")
    (folder / ".." / "elsewhere.txt").write_text("outside")
    (folder / "assets" / "round-A1b2C3d4.js").symlink_to(folder / "assets" / "round-A1b2C3d4.js")
    settings = {
        "database_url": f"postgresql://nobody@{NOWHERE}/none",
        "broker_url": f"redis://{NOWHERE}/0",
        "web_folder": str(folder),
    }
    with running_api(home, **settings) as address:
        async with httpx.AsyncClient(base_url=address) as client:
            yield client


class References(HTMLParser):
    """What a page loads, and what it has within itself that a policy may forbid."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: dict[str, str] = {}
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        kind = {"script": "script-src", "link": "style-src" if given.get("rel") == "stylesheet" else "img-src"}.get(tag)
        address = given.get("src") or given.get("href")
        if kind and address:
            self.loaded[address] = kind
        self.inline += [tag] if tag == "style" or (tag == "script" and not address) else []
        self.inline += [name for name in given if name == "style" or name.startswith("on")]


def directives(answer: httpx.Response) -> dict[str, list[str]]:
    """The Content-Security-Policy: what each directive allows."""
    parts = (part.split() for part in answer.headers["Content-Security-Policy"].split(";"))
    return {name: allowed for name, *allowed in parts}


async def test_a_page_gets_all_that_it_loads_and_may_run_it(page: httpx.AsyncClient) -> None:
    answer = await page.get("/", params={"status": "running"})
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    policy = directives(answer)
    found = References(answer.text)
    assert found.inline == []
    assert set(found.loaded.values()) == {"script-src", "style-src", "img-src"}
    for address, kind in found.loaded.items():
        assert "'self'" in policy[kind]
        file = await page.get(address)
        content, media_type = FILES[address.rpartition("/")[2]]
        assert (file.status_code, file.content) == (200, content)
        assert file.headers["Content-Type"] == media_type
        assert file.headers["X-Content-Type-Options"] == "nosniff"
        assert file.headers["Cache-Control"] == IMMUTABLE


async def test_the_policy_goes_by_the_path(page: httpx.AsyncClient) -> None:
    for path in ("/", "/assets/index-B-x3kd_9.js"):  # a worker is bound by the policy of its own file
        assert directives(await page.get(path)) == {
            "default-src": ["'none'"],
            "script-src": ["'self'"],
            "style-src": ["'self'"],
            "font-src": ["'self'"],
            "img-src": ["'self'", "blob:"],
            "connect-src": ["'self'"],
            "worker-src": ["'self'"],
            "manifest-src": ["'self'"],
            "base-uri": ["'none'"],
            "form-action": ["'none'"],
            "frame-ancestors": ["'none'"],
        }
    for path in ("/v1/jobs", "/v1/none", "/healthz", "/openapi.json", "/metrics", "/none", "/assetsx", "/docsx"):
        assert directives(await page.get(path)) == {"default-src": ["'none'"], "frame-ancestors": ["'none'"]}, path
    assert directives(await page.get("/docs"))["style-src"] == ["'unsafe-inline'"]
    assert "script-src" not in directives(await page.get("/docs"))


@pytest.mark.parametrize("path", ["/", *(f"/assets/{name}" for name in FILES), "/assets/more/deep-A1b2C3d4.js"])
async def test_what_a_browser_has_is_not_sent_again(page: httpx.AsyncClient, path: str) -> None:
    first = await page.get(path)
    assert first.status_code == 200
    again = await page.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "Cache-Control", "Content-Security-Policy"):
        assert again.headers[name] == first.headers[name]
    head = await page.head(path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("ETag", "Content-Length", "Content-Type", "Cache-Control"):
        assert head.headers[name] == first.headers[name]


async def test_what_shrinks_is_sent_compressed_to_who_takes_it(page: httpx.AsyncClient) -> None:
    path = "/assets/index-B-x3kd_9.js"
    plain = await page.get(path, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == "Accept-Encoding"
    async with page.stream("GET", path, headers={"Accept-Encoding": "br, gzip;q=0.8"}) as answer:
        raw = b"".join([piece async for piece in answer.aiter_raw()])
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["ETag"] != plain.headers["ETag"]
    assert len(raw) < len(SCRIPT) / 4
    assert gzip.decompress(raw) == plain.content
    refused = await page.get(path, headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers
    assert "Vary" not in (await page.get("/assets/letters-C0ffee12.woff2")).headers


async def test_a_name_without_a_digest_is_asked_for_again(page: httpx.AsyncClient) -> None:
    answer = await page.get("/assets/plain.js")
    assert (answer.text, answer.headers["Cache-Control"]) == ("2", "no-cache")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/none-A1b2C3d4.js",
        "/assets/",
        "/assets/more",
        "/assets/more/",
        "/assets/../index.html",
        "/assets/../secret.txt",
        "/assets/%2e%2e/secret.txt",
        "/assets/..%2fsecret.txt",
        "/assets/more/../../secret.txt",
        "/assets/%2e%2e%2f%2e%2e%2felsewhere.txt",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/assets/plain.js%00.txt",
        "/assets/..\\secret.txt",
        "/assets/.hidden.js",
        "/assets/program-A1b2C3d4.py",
        "/assets/out-A1b2C3d4.txt",
        "/assets/round-A1b2C3d4.js",
        "/assets/INDEX-B-x3kd_9.js",
        "/secret.txt",
        "/index.html",
    ],
)
async def test_nothing_else_is_served(page: httpx.AsyncClient, path: str) -> None:
    # Neither a browser nor httpx would send these as they are.
    connection = http.client.HTTPConnection(page.base_url.host, page.base_url.port or 0, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    assert answer.status in {401, 404}, body
    assert answer.status == 404 or not path.startswith("/assets/")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert b"outside" not in body
    assert b"beside" not in body


async def test_files_are_only_read(page: httpx.AsyncClient) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert_problem(await page.request(method, "/assets/plain.js"), 405, "method_not_allowed")


async def test_without_a_page_the_address_leads_to_the_docs(lonely_service: httpx.AsyncClient) -> None:
    answer = await lonely_service.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (307, "/docs")
    assert_problem(await lonely_service.get("/assets/index-B-x3kd_9.js"), 404, "not_found")
