"""Every hook of a callback is called as by Keras's `fit`, with what `fit` gives it, wherever a training goes on."""

import json

import pytest

from tests.trainer.own_process import said_by

CASES = (
    *(f"plain, {calls} calls" for calls in (1, 3, 6, 15)),
    *(f"{loop}, {how}" for loop in ("plain", "streamed", "mirrored") for how in ("1000000 calls", "resumed")),
)


@pytest.fixture(scope="module")
def problems() -> dict[str, str | None]:
    """Case -> what went wrong with it. In a process of its own, which has the callback and two devices."""
    return dict(json.loads(line) for line in said_by("tests.trainer.hooks_program").splitlines())


@pytest.mark.parametrize("case", CASES)
def test_hooks_are_called_as_by_fit(problems: dict[str, str | None], case: str) -> None:
    assert problems[case] is None, problems[case]
