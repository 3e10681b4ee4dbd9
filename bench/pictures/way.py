"""Draws where a job's time goes: one bar a stretch, each beginning where the last one ended."""

from matplotlib.figure import Figure

from bench.pictures.drawing import PLAIN, findings, write


def main() -> None:
    """Reads findings, writes the picture of those that have parts."""
    parts = [part for finding in findings() for part in finding["parts"]]
    figure = Figure(figsize=(9.5, 0.8 + 0.3 * max(len(parts), 1)), layout="constrained")
    axes = figure.subplots()
    for place, part in enumerate(parts):
        length = part["ended_ms"] - part["began_ms"]
        axes.barh(place, length, left=part["began_ms"], color=PLAIN, height=0.7)
        axes.annotate(
            f"{length:,.0f} ms", (part["ended_ms"], place), (4, 0), textcoords="offset points", va="center", fontsize=8
        )
    axes.set_yticks(range(len(parts)), [part["name"] for part in parts])
    axes.invert_yaxis()
    axes.set_xlabel("milliseconds since the client sent the job")
    axes.margins(x=0.08)
    axes.set_xlim(left=0)
    write(figure)


if __name__ == "__main__":
    main()
