"""``python -m tests.faults.rigged [--armed-by FOLDER] [--without PART] [--clock-offset SECONDS] api|worker``.

Runs the product's own program in this process, with named places of it patched. The product knows nothing of it.
"""

import argparse
import runpy
import sys
from pathlib import Path

from tests.faults import failpoints, takeouts


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--armed-by", type=Path, help="a failpoint kills the program once its name is a file in here")
    parser.add_argument("--without", action="append", default=[], choices=sorted(takeouts.PARTS))
    parser.add_argument("--clock-offset", type=float, default=0.0, help="this many seconds Python's clock is ahead")
    parser.add_argument("program", choices=["api", "worker"])
    said = parser.parse_args()
    if said.clock_offset:
        failpoints.shift_clock(said.clock_offset)
    if said.armed_by is not None:
        failpoints.install(said.program, said.armed_by)
    for part in said.without:
        takeouts.PARTS[part]()
    sys.argv = [said.program]
    runpy.run_module(said.program, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
