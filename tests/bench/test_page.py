from pathlib import Path

from bench.figures import Finding, Goal, Measure, Part
from bench.page import PAGE, Measured, keep, page, read_kept

ROWS = {
    "small-job": Measured(
        "Measured on 2 cores.",
        [Finding("one small job", Measure([1.2, 1.4], "s"), Goal(0.15), "a script", Measure([12, 14], "s"), ["warm"])],
    ),
    "journey": Measured(
        "Measured on 2 cores.",
        [Finding("the way", Measure([50], "ms"), parts=[Part("data", 0, 20), Part("epochs", 20, 50)])],
    ),
}


def test_what_is_kept_is_read_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "measured.json"
    assert read_kept(path) == {}
    keep(ROWS, path)
    assert read_kept(path) == ROWS


def test_the_page_tells_each_finding_once_and_the_machine_once() -> None:
    text = page(ROWS)
    assert text.count("Measured on 2 cores.") == 1
    assert "| one small job | a script: 13 s (12 to 14) | 1.3 s (1.2 to 1.4) | 0.1 x (0.1 to 0.1) |" in text
    assert "≤ 0.15 x: met" in text


def test_the_page_tells_where_the_time_goes() -> None:
    assert page(ROWS).endswith("| data | 0 | 20 |\n| epochs | 20 | 30 |\n")


def test_the_page_is_what_was_measured() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(read_kept()), "`python -m bench --page` writes it anew"
