"""Draws each figure as a share of its goal."""

import textwrap
from typing import Any

from matplotlib.figure import Figure

from bench.figures import Finding, Goal, Measure, told
from bench.pictures.drawing import MET, MISSED, findings, write

LEAST_SHARE = 0.02
"""Bars are at least as long as this: a difference of nothing has no logarithm."""
_HALF = 0.5


def main() -> None:
    """Reads findings, writes the picture."""
    judged = [(each, share) for each in map(_finding, findings()) if (share := each.share) is not None]
    figure = Figure(figsize=(9.5, 0.8 + 0.46 * max(len(judged), 1)), layout="constrained")
    axes = figure.subplots()
    for place, (finding, share) in enumerate(judged):
        length = max(share, LEAST_SHARE)
        axes.barh(place, length, left=0, color=MET if share <= 1 else MISSED, height=0.6)
        beside = 1 if _HALF < length < 1 else length  # not across the line
        axes.annotate(_told(finding), (beside, place), (4, 0), textcoords="offset points", va="center", fontsize=8)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.set_xlim(LEAST_SHARE / 2, 40 * max([1.0, *(share for _, share in judged)]))
    axes.set_xticks([0.02, 0.1, 0.5, 1, 2], ["0.02", "0.1", "0.5", "goal", "2"])
    axes.minorticks_off()
    axes.set_yticks(
        range(len(judged)), [textwrap.fill(finding.work.replace("`", ""), 62) for finding, _ in judged], fontsize=8
    )
    axes.invert_yaxis()
    axes.set_xlabel("share of the goal: left of the line it is met")
    write(figure)


def _finding(told_finding: dict[str, Any]) -> Finding:
    goal, peer = told_finding["goal"], told_finding["peer"]
    return Finding(
        told_finding["work"],
        Measure(**told_finding["ours"]),
        None if goal is None else Goal(**goal),
        told_finding["peer_name"],
        None if peer is None else Measure(**peer),
    )


def _told(finding: Finding) -> str:
    if finding.goal is None:
        return ""
    judged = finding.ratio if finding.goal.is_of_ratio and finding.ratio else finding.ours
    return f"{told(judged.median)} {judged.unit}  (goal {finding.goal_told().partition(':')[0]})"


if __name__ == "__main__":
    main()
