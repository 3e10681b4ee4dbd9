"""``python -m bench.diagnosis [SET …]``: runs jobs whose truth is known, and prints how well the coach judges them."""

import argparse
import signal
import sys
from pathlib import Path

from bench.diagnosis import page
from bench.diagnosis.diagnosers import DIAGNOSERS
from bench.diagnosis.evaluation import judge_cases, judge_draw
from bench.diagnosis.labels import best_scores, labelled
from bench.diagnosis.lines import kept, read
from bench.diagnosis.random_remedies import remedy
from bench.diagnosis.references import with_references
from bench.diagnosis.repairs import repairs_of
from bench.diagnosis.sets import CASES, DRAWS, JOBS, SETS, Wanted, run


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
    if told.remedies:
        for name in sorted(set(names) & set(DRAWS)):
            sys.stderr.write(f"{name}: {remedy(name)} remedies run\n")
    _print(names, told.why)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.diagnosis", description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"all of {', '.join(SETS)} unless named")
    parser.add_argument("--jobs", type=int, default=JOBS, help="how many jobs a draw has, each with two seeds")
    parser.add_argument("--cases", type=Path, help="a folder with named cases of others")
    parser.add_argument("--kept", action="store_true", help="run nothing: judge on what was kept")
    parser.add_argument("--remedies", action="store_true", help="try remedies at random on the sick jobs of the draws")
    parser.add_argument("--why", metavar="WHO", choices=tuple(DIAGNOSERS), help="rules and mistakes of one of them")
    return parser


def _print(names: list[str], who: str | None) -> None:
    cases = {name: with_references(read(kept(name))) for name in names if name in CASES}
    draws = {name: with_references(read(kept(name))) for name in names if name in DRAWS}
    for name, lines in draws.items():
        _say(f"\n{name}, {len(lines)} jobs\n", *page.balance(lines))
    _say("", *page.table(cases, draws))
    repairs = {
        f"{name}: at random": repairs_of(lines, children, labelled(lines), best_scores(lines))
        for name, lines in draws.items()
        if (children := read(kept(f"{name}-random")))
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
