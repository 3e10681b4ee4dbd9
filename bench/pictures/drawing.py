"""How all pictures look, and how they are written: small, readable, and the same bytes from the same figures."""

import json
import sys
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

MET = "#2a7f62"
MISSED = "#c2452d"
PLAIN = "#4a6fa5"

mpl.rcParams.update(
    {
        "font.size": 9,
        "svg.fonttype": "none",
        "svg.hashsalt": "netcoach",
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
)


def findings() -> list[dict[str, Any]]:
    """The findings on standard input."""
    rows = json.load(sys.stdin)
    return [finding for row in rows.values() for finding in row["findings"]]


def write(figure: Figure) -> None:
    """Writes the picture into the file that the command line names."""
    is_svg = sys.argv[1].endswith(".svg")
    figure.savefig(sys.argv[1], metadata={"Date": None} if is_svg else None, dpi=110, facecolor="white")
