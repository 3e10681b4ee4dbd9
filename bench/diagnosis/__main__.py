"""``python -m bench.diagnosis [SET …]``: how well the coach judges jobs whose truth is known, and what it costs."""

import argparse
import signal
import sys
from pathlib import Path

from bench.diagnosis import page
from bench.diagnosis.coach_repairs import repair
from bench.diagnosis.diagnosers import DIAGNOSERS
from bench.diagnosis.evaluation import judge_cases, judge_draw
from bench.diagnosis.labels import best_scores, labelled
from bench.diagnosis.lines import kept, read
from bench.diagnosis.random_remedies import remedy
from bench.diagnosis.references import with_references
from bench.diagnosis.repairs import repairs_of
from bench.diagnosis.sets import CASES, DRAWS, JOBS, SETS, Wanted, run
from bench.page import TABLE
from bench.signals import signals

SICK_JOBS = 60
"""That are repaired of each draw: a repair takes as long as eight small jobs."""


def main() -> None:
    """Does what the command line says."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    told = _parser().parse_args()
    names: list[str] = told.sets or list(SETS)
    if unknown := [name for name in names if name not in SETS]:
        _parser().error(f"no such set: {', '.join(unknown)}; there are {', '.join(SETS)}")
    if not told.kept:
        for name in names:
            count = run(name, Wanted(told.jobs, told.cases))
            sys.stderr.write(f"{name}: {count} jobs run\n")
    for name in sorted(set(names) & set(DRAWS)) if told.remedies else ():
        sys.stderr.write(f"{name}: {repair(name, told.sick, told.repeats)} jobs repaired\n")
        sys.stderr.write(f"{name}: {remedy(name, told.sick)} remedies at random run\n")
    _print(names, told.why)
    if not told.kept:
        _say("", TABLE, *(finding.row() for finding in signals()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.diagnosis", description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"all of {', '.join(SETS)} unless named")
    parser.add_argument("--jobs", type=int, default=JOBS, help="how many jobs a draw has, each with two seeds")
    parser.add_argument("--cases", type=Path, help="a folder with named cases of others")
    parser.add_argument("--kept", action="store_true", help="run nothing: judge on what was kept")
    remedies = "have sick jobs of the draws repaired by the coach, and by remedies at random"
    parser.add_argument("--remedies", action="store_true", help=remedies)
    parser.add_argument("--sick", type=int, default=SICK_JOBS, help="how many sick jobs of a draw are repaired at most")
    parser.add_argument("--repeats", type=int, default=1, help="on how many seeds the coach confirms a remedy")
    parser.add_argument("--why", metavar="WHO", choices=tuple(DIAGNOSERS), help="rules and mistakes of one of them")
    return parser


def _print(names: list[str], who: str | None) -> None:
    cases = {name: with_references(read(kept(name))) for name in names if name in CASES}
    draws = {name: with_references(read(kept(name))) for name in names if name in DRAWS}
    for name, lines in draws.items():
        _say(f"\n{name}, {len(lines)} jobs\n", *page.balance(lines))
    _say("", *page.table(cases, draws))
    repairs = {
        f"{name}: {title}": repairs_of(lines, children, labelled(lines), best_scores(lines))
        for name, lines in draws.items()
        for end, title in (("coach", "by the coach"), ("random", "at random"))
        if (children := read(kept(f"{name}-{end}")))
    }
    if repairs:
        _say("", *page.repair_rows(repairs))
    if who is None:
        return
    judged = {name: judge_cases(lines, DIAGNOSERS[who]) for name, lines in cases.items()}
    judged |= {name: judge_draw(lines, labelled(lines), DIAGNOSERS[who]) for name, lines in draws.items()}
    for name, one in judged.items():
        _say(f"\n{who} on {name}\n", *page.rules(one), "", *page.reasons(one))


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
