import pytest

from bench.figures import Finding, Goal, Measure, percentile, told

AT_MOST_HALF = Goal(0.5)
AT_LEAST_TWICE = Goal(2, is_least=True)


def finding(ours: list[float], peer: list[float] | None, goal: Goal | None) -> Finding:
    return Finding("work", Measure(ours, "s"), goal, "peer", None if peer is None else Measure(peer, "s"))


def test_a_ratio_is_taken_turn_by_turn() -> None:
    ratio = finding([1, 4, 9], [2, 4, 3], None).ratio
    assert ratio == Measure([0.5, 1, 3], "x")
    assert str(ratio) == "1 x (0.5 to 3)"


def test_turns_without_a_counterpart_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        _ = finding([1, 2], [1], None).ratio


@pytest.mark.parametrize(
    ("ours", "peer", "goal", "share", "text"),
    [
        ([1], [4], AT_MOST_HALF, 0.5, "≤ 0.5 x: met"),
        ([3], [4], AT_MOST_HALF, 1.5, "≤ 0.5 x: missed"),
        ([8], [2], AT_LEAST_TWICE, 0.5, "≥ 2 x: met"),
        ([2], [2], AT_LEAST_TWICE, 2, "≥ 2 x: missed"),
        ([3], [4], Goal(4, is_of_ratio=False), 0.75, "≤ 4 s: met"),
        ([3], None, Goal(2, is_of_ratio=False), 1.5, "≤ 2 s: missed"),
        ([3], None, AT_MOST_HALF, None, "≤ 0.5 x: not measured"),
        ([3], [4], None, None, ""),
        ([0], [4], AT_LEAST_TWICE, float("inf"), "≥ 2 x: missed"),
    ],
)
def test_a_goal_is_met_up_to_its_bound(
    ours: list[float], peer: list[float] | None, goal: Goal | None, share: float | None, text: str
) -> None:
    one = finding(ours, peer, goal)
    assert one.share == share
    assert one.goal_told() == text


def test_a_row_says_that_a_peer_is_not_installed() -> None:
    assert finding([1, 2, 3], None, AT_MOST_HALF).row() == (
        "| work | peer: not installed | 2 s (1 to 3) |  | ≤ 0.5 x: not measured |  |"
    )


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(1, 201)]
    assert percentile(values, 50) == 101
    assert percentile(values, 99) == 199
    assert percentile([5.0], 99) == 5


@pytest.mark.parametrize(
    ("value", "text"), [(1234.5, "1,234"), (100, "100"), (12.345, "12.3"), (0.01234, "0.0123"), (0, "0")]
)
def test_numbers_are_told_with_three_digits(value: float, text: str) -> None:
    assert told(value) == text
