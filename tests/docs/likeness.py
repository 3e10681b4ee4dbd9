"""Whether a real output is what a page shows: the same text, but for what differs from run to run."""

import re

_TOKENS = re.compile(
    r"""
    (?P<left_out>…)
  | (?P<token>\bnc_key_[0-9a-z]{26}_[0-9a-f]{64}\b)
  | (?P<id>\b(?:job|req|worker|key|hook|dlv|ds|up)_[0-9a-z]{16,26}\b)
  | (?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?)
  | (?P<digest>\b[0-9a-f]{32,64}\b)
  | (?P<port>127\.0\.0\.1:\d+)
  | (?P<version>\b\d+\.\d+\.\d+\b)
  | (?P<number>-?\b\d+(?:\.\d+)?(?:e[+-]?\d+)?\b)
  | (?P<space>\s+)
    """,
    re.VERBOSE,
)
_MEANT = {
    "left_out": r".*?",
    "token": r"nc_key_[0-9a-z]{26}_[0-9a-f]{64}",
    "id": r"[a-z]+_[0-9a-z]{16,26}",
    "time": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?",
    "digest": r"[0-9a-f]{32,64}",
    "port": r"127\.0\.0\.1:\d+",
    "version": r"\d+\.\d+\.\d+\S*?",
    "number": r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?",
    "space": r"\s*",
}
_HEAD = re.compile(r"\AHTTP/1\.1 [^\n]*\n(?:[^\n]+\n)*", re.ASCII)


def is_like(shown: str, real: str) -> bool:
    """Whether ``real`` is what ``shown`` says.

    Numbers, ids, times and digests may be others, spaces and line ends too; ``…`` stands for anything. Of the lines of
    an answer's head those shown must be there. Short whole numbers (statuses, epochs, counts) are the same.
    """
    real = real.replace("\r\n", "\n")
    if shown.startswith("HTTP/"):
        head, real_head = _HEAD.match(shown + "\n"), _HEAD.match(real + "\n")
        if head is None or real_head is None:
            return False
        lines = real_head[0].splitlines()
        if not all(any(_matches(line, other) for other in lines) for line in head[0].splitlines()):
            return False
        shown, real = (shown + "\n")[head.end() :], (real + "\n")[real_head.end() :]
    return _matches(shown, real)


def _matches(shown: str, real: str) -> bool:
    return re.fullmatch(_pattern(shown.strip()), real.strip(), re.DOTALL) is not None


def _pattern(shown: str) -> str:
    parts: list[str] = []
    end = 0
    for match in _TOKENS.finditer(shown):
        parts.append(_spaced(shown[end : match.start()]))
        kind = match.lastgroup or ""
        parts.append(re.escape(match[0]) if re.fullmatch(r"\d{1,3}", match[0]) else _MEANT[kind])
        end = match.end()
    parts.append(_spaced(shown[end:]))
    return "".join(parts)


def _spaced(text: str) -> str:
    """The text itself; JSON is shown with line ends and spaces between its members."""
    return re.sub(r"(,|:|\\\{|\\\[)", r"\1\\s*", re.escape(text))
