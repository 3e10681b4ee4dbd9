"""A list of pictures in JSON, an object a line, written as the CSV file that it stands for."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NoReturn

from spec.datasets.read_limits import ReadLimits
from worker.reader.faults import FileFault, FileFaulty, refusal, shown


def as_csv(lines: Path, table: Path, limits: ReadLimits) -> list[int]:
    """Write the lines as CSV: strings in quotation marks, and nothing for what is null or left out.

    Args:
        lines: The file in JSON lines.
        table: What is written.
        limits: What bounds a line.

    Returns:
        The line of each row, from 1.

    Raises:
        FileFaulty: A line is no object, or has more than single values.
    """
    names: dict[str, None] = {}
    places: list[int] = []
    with lines.open("rb") as file:
        for line, row in _rows(file, limits):
            names.update(dict.fromkeys(row))
            places.append(line)
    with lines.open("rb") as file, table.open("w", encoding="utf-8", newline="") as target:
        target.write(",".join(map(_quoted, names)) + "\n")
        for _, row in _rows(file, limits):
            target.write(",".join(_cell(row.get(name)) for name in names) + "\n")
    return places


def _rows(file: IO[bytes], limits: ReadLimits) -> Iterator[tuple[int, dict[str, Any]]]:
    line = 0
    while text := file.readline(limits.record_bytes + 1):
        line += 1
        if len(text) > limits.record_bytes:
            message = f"A line can have at most {limits.record_bytes:,} bytes. Shorten it."
            raise refusal("row_too_long", message, line=line)
        if not text.strip():
            continue
        yield line, _object(text, line)


def _object(text: bytes, line: int) -> dict[str, Any]:
    try:
        # What cannot be written in UTF-8 is refused with what is no JSON.
        row = json.loads(text.decode("utf-8-sig"), parse_constant=_refuse)
        json.dumps(row, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        message = "This line is not JSON in UTF-8. Write an object in each line."
        raise refusal("not_json", message, line=line) from None
    if not isinstance(row, dict) or not row:
        message = 'This line is not an object with names and values, such as {"file_name": "1.png"}. Correct it.'
        raise refusal("not_an_object", message, line=line)
    faults = [
        FileFault("unsupported_type", _NESTED, line, shown(name))
        for name, value in row.items()
        if isinstance(value, list | dict)
    ]
    if faults:
        raise FileFaulty(faults)
    return row


_NESTED = "A list or an object is not read here. Write each of its values under a name of its own."


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _cell(value: str | float | bool | None) -> str:  # noqa: FBT001 -- as JSON has it
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
