"""All techniques as one page in Markdown."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coach.techniques import TECHNIQUES
from coach.techniques.technique import Technique

PAGE = Path(__file__).resolve().parents[2] / "docs" / "techniques.md"

_BEGINNING = """# Techniques

A technique is a move on the spec of a job: a small JSON Patch that the service makes for this job, with a sentence on
what it does and why here. A technique that has nothing to do gives the reason instead, and applied to its own result it
never has anything to do. Each result passes the check that a new job has to pass.

This page is made from the declarations in `coach/techniques` by `python -m coach.techniques`.
"""


def page() -> str:
    """The page, as it has to be in the repository."""
    return _BEGINNING + "".join(f"\n{_section(technique)}" for technique in TECHNIQUES)


def _section(technique: Technique[Any]) -> str:
    lines = [f"## {technique.TITLE}", "", f"`{technique.NAME}`. {technique.PURPOSE}", ""]
    if technique.SECTION is not None:
        lines.append(f"- Section of the notebook: {technique.SECTION}.")
    lines.append(f"- Source: {technique.SOURCE}{'' if technique.SOURCE.endswith('?') else '.'}")
    lines += _parameters(technique)
    return "\n".join(lines) + "\n"


def _parameters(technique: Technique[Any]) -> Iterator[str]:
    for name, field in technique.PARAMETERS.model_fields.items():
        default = "none" if field.default is None else f"`{field.default}`"
        yield f"- Parameter `{name}` (default: {default}): {_described(technique, name)}"


def _described(technique: Technique[Any], name: str) -> str:
    """What the docstring of the parameters says of one, as one line."""
    properties = technique.PARAMETERS.model_json_schema()["properties"]
    return " ".join(str(properties[name]["description"]).split())
