"""``python -m bench [ROW …]``: measures and prints a table; a run of all rows also writes ``docs/performance.md``."""

import argparse
import signal
import sys
import time

from bench.page import TABLE, Measured, keep, machine, read_kept, write_page
from bench.rows import ROWS


def main() -> None:
    """Does what the command line says."""
    signal.signal(signal.SIGTERM, _end)
    told = _parser().parse_args()
    names: list[str] = told.rows
    if unknown := [name for name in names if name not in ROWS]:
        _parser().error(f"no such row: {', '.join(unknown)}; there are {', '.join(ROWS)}")
    if told.list:
        _list()
    elif told.page:
        write_page(read_kept())
    else:
        _measure(names or [name for name, row in ROWS.items() if not row.is_on_request], is_kept=told.keep or not names)


def _end(number: int, _frame: object) -> None:
    """Ends, and stops on the way what was started."""
    sys.exit(128 + number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="what to measure; all but the longest unless named")
    parser.add_argument("--list", action="store_true", help="tell what rows there are")
    parser.add_argument("--keep", action="store_true", help="put the named rows into the page as well")
    parser.add_argument("--page", action="store_true", help="write page and pictures of what was kept; measure nothing")
    return parser


def _list() -> None:
    width = max(map(len, ROWS))
    for name, row in ROWS.items():
        _say(f"{name:{width}}  {row.summary}{' Only on request.' if row.is_on_request else ''}")


def _measure(names: list[str], *, is_kept: bool) -> None:
    """Measures; what is kept is written after every row, so that a run that ends early was not in vain."""
    _say(f"{machine()}\n\n{TABLE}")
    for name in names:
        began = time.monotonic()
        measured = Measured(machine(), ROWS[name].measure())
        for finding in measured.findings:
            _say(finding.row())
        sys.stderr.write(f"{name}: {time.monotonic() - began:.0f} s\n")
        if is_kept:
            kept = read_kept() | {name: measured}
            keep({each: kept[each] for each in ROWS if each in kept})
    if is_kept:
        write_page(read_kept())


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
