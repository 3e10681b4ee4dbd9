"""Files of the page: read once at the start, each under a name that a build made of what is in the file.

A file whose name has such a digest is kept by browsers for a year without asking again: other contents have another
name. What is asked for is looked up among the files that were read, so no path leads out of the folder.
"""

import gzip
import re
from dataclasses import dataclass
from pathlib import Path

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.answers.conditional import conditional, digest_tag

ASSETS = "assets"
"""Name of the folder within the page's folder, and the first segment of the path that its files are found at."""
PAGE = "index.html"
IMMUTABLE = "public, max-age=31536000, immutable"
ASKED_AGAIN = "no-cache"
MAX_FILE_BYTES = 16 * 2**20
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""By the end of a file's name; a file of no such name is not served. The machine's own table may say anything."""

_log = structlog.stdlib.get_logger("api")
_DIGEST = re.compile(r"[-.](?=[\w-]*[A-Z0-9])[\w-]{8,}\.\w+(?:\.map)?$")
_COMPRESSED = frozenset({".css", ".html", ".ico", ".js", ".json", ".map", ".mjs", ".svg", ".txt", ".webmanifest"})
_LEAST_COMPRESSED_BYTES = 1024
_WANTS_GZIP = re.compile(r"(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)", re.IGNORECASE)


@dataclass(frozen=True)
class StaticFile:
    """A file as it is sent.

    Attributes:
        body: Its bytes.
        compressed: The same by gzip, where that is worth it.
        media_type: By its name.
        cache_control: How long a browser may keep it.
    """

    body: bytes
    compressed: bytes | None
    media_type: str
    cache_control: str

    def answer(self, request: Request) -> Response:
        """The file, or a 304 if the client has it."""
        accepted = ",".join(request.headers.getlist("accept-encoding"))
        is_compressed = self.compressed is not None and _WANTS_GZIP.search(accepted) is not None
        body = self.compressed if is_compressed and self.compressed is not None else self.body
        headers = {"Cache-Control": self.cache_control}
        if self.compressed is not None:
            headers["Vary"] = "Accept-Encoding"
        if is_compressed:
            headers["Content-Encoding"] = "gzip"
        return conditional(request, Response(body, headers=headers, media_type=self.media_type), digest_tag(body))


class StaticFiles:
    """The files of one folder: the page itself, and all that lies in its `ASSETS`.

    Args:
        folder: As a build left it. One that is not there holds nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._files = dict(_read(folder))

    def page(self, request: Request) -> Response | None:
        """The page, or None if none is built."""
        page = self._files.get(PAGE)
        return None if page is None else page.answer(request)

    def asset(self, request: Request, path: str) -> Response:
        """A file of the page.

        Raises:
            HTTPException: If there is none, with 404.
        """
        found = self._files.get(f"{ASSETS}/{path}")
        if found is None:
            raise HTTPException(404)
        return found.answer(request)


def _read(folder: Path) -> list[tuple[str, StaticFile]]:
    paths = [folder / PAGE, *sorted((folder / ASSETS).rglob("*"))]
    return [(path.relative_to(folder).as_posix(), _file(path)) for path in paths if _is_served(path, folder)]


def _is_served(path: Path, folder: Path) -> bool:
    if not path.is_file() or path.name.startswith("."):
        return False
    if not path.resolve().is_relative_to(folder.resolve()):  # a link may lead anywhere
        return False
    is_known = path.suffix in MEDIA_TYPES and path.stat().st_size <= MAX_FILE_BYTES
    if not is_known:
        _log.warning("a file of the page is not served: its type is unknown or it is too large", path=str(path))
    return is_known


def _file(path: Path) -> StaticFile:
    body = path.read_bytes()
    compressed = None
    if path.suffix in _COMPRESSED and len(body) >= _LEAST_COMPRESSED_BYTES:
        compressed = gzip.compress(body, mtime=0)
    cache_control = IMMUTABLE if _DIGEST.search(path.name) else ASKED_AGAIN
    return StaticFile(body, compressed, MEDIA_TYPES[path.suffix], cache_control)
