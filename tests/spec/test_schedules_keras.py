"""The schedules' own arithmetic against Keras's classes, and 1cycle against what its docstring promises."""

import math
from itertools import pairwise
from typing import Any

import keras
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from spec.language.declared import kinds
from spec.training.schedules import CosineDecayRestarts, OneCycle, Schedule

RATES = st.floats(1e-5, 1.0)
STEPS = st.integers(1, 2000)
LARGEST = 3.4e38
FEW = settings(max_examples=60)

ARGUMENTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "ExponentialDecay": st.fixed_dictionaries(
        {
            "initial_learning_rate": RATES,
            "decay_steps": STEPS,
            "decay_rate": st.floats(0.05, 1.5),
            "staircase": st.booleans(),
        }
    ),
    "InverseTimeDecay": st.fixed_dictionaries(
        {
            "initial_learning_rate": RATES,
            "decay_steps": STEPS,
            "decay_rate": st.floats(0, 10),
            "staircase": st.booleans(),
        }
    ),
    "PiecewiseConstantDecay": st.lists(st.integers(0, 5000), min_size=1, max_size=5, unique=True).flatmap(
        lambda boundaries: st.fixed_dictionaries(
            {
                "boundaries": st.just(sorted(boundaries)),
                "values": st.lists(RATES, min_size=len(boundaries) + 1, max_size=len(boundaries) + 1),
            }
        )
    ),
    "PolynomialDecay": st.fixed_dictionaries(
        {
            "initial_learning_rate": RATES,
            "decay_steps": STEPS,
            "end_learning_rate": RATES,
            "power": st.floats(0.5, 3),
            "cycle": st.booleans(),
        }
    ),
    "CosineDecay": st.one_of(
        st.fixed_dictionaries({"initial_learning_rate": RATES, "decay_steps": STEPS, "alpha": st.floats(0, 1)}),
        st.fixed_dictionaries(
            {
                "initial_learning_rate": st.just(0.0) | RATES,
                "decay_steps": STEPS,
                "alpha": st.floats(0, 1),
                "warmup_target": RATES,
                "warmup_steps": STEPS,
            }
        ),
    ),
    "CosineDecayRestarts": st.fixed_dictionaries(
        {
            "initial_learning_rate": RATES,
            "first_decay_steps": STEPS,
            "t_mul": st.just(1.0) | st.floats(1.25, 3),
            "m_mul": st.floats(0.1, 1),
            "alpha": st.floats(0, 1),
        }
    ),
}


def test_every_schedule_of_keras_is_compared() -> None:
    assert set(ARGUMENTS) | {"OneCycle"} == set(kinds(Schedule))


@pytest.mark.parametrize("name", ARGUMENTS)
def test_the_rate_is_keras_own(name: str) -> None:
    @FEW
    @given(ARGUMENTS[name], st.integers(0, 6000))
    def compare(arguments: dict[str, Any], step: int) -> None:
        schedule = kinds(Schedule)[name].model_validate({"type": name, **arguments})
        if isinstance(schedule, CosineDecayRestarts):
            assume(not is_near_restart(schedule, step))
        if arguments.get("staircase"):
            assume(step % arguments["decay_steps"])
        if arguments.get("cycle"):
            assume(step % arguments["decay_steps"])
        expected = float(getattr(keras.optimizers.schedules, name)(**schedule.arguments())(step))
        told = schedule.rate(step, total_steps=1)
        # Keras computes in float32, where a rate that grows is infinite sooner.
        assert told == pytest.approx(expected, rel=1e-4, abs=1e-6) or (expected == math.inf and told > LARGEST)

    compare()


def is_near_restart(schedule: CosineDecayRestarts, step: int) -> bool:
    """Whether float32, in which Keras computes, may find itself on the other side of a restart."""
    start, length = 0.0, schedule.first_decay_steps
    while start + length <= step:
        start, length = start + length, length * schedule.t_mul
    return min(step - start, start + length - step) < 1e-3 * max(step, 1)


def test_the_techniques_own_figures() -> None:
    by_epoch = kinds(Schedule)["ExponentialDecay"].model_validate(
        {"type": "ExponentialDecay", "initial_learning_rate": 0.01, "decay_steps": 20, "decay_rate": 0.1}
    )
    assert [by_epoch.rate(epoch, total_steps=1) for epoch in (0, 20, 40)] == pytest.approx([0.01, 0.001, 0.0001])
    pieces = kinds(Schedule)["PiecewiseConstantDecay"].model_validate(
        {"type": "PiecewiseConstantDecay", "boundaries": [4, 14], "values": [0.01, 0.005, 0.001], "unit": "epoch"}
    )
    told = [pieces.rate(epoch, total_steps=20) for epoch in range(20)]
    assert told == [0.01] * 5 + [0.005] * 10 + [0.001] * 5
    assert pieces.arguments() == {"boundaries": (4, 14), "values": (0.01, 0.005, 0.001)}


CYCLES = st.fixed_dictionaries(
    {"max_learning_rate": RATES, "warmup_fraction": st.floats(0.05, 0.6), "final_fraction": st.floats(0, 0.4)}
)


@FEW
@given(CYCLES, st.integers(2, 3000))
def test_one_cycle_rises_falls_and_vanishes(arguments: dict[str, Any], total_steps: int) -> None:
    cycle = OneCycle(**arguments, max_momentum=0.95, min_momentum=0.85)
    rates = [cycle.rate(step, total_steps=total_steps) for step in range(total_steps)]
    momentums = [cycle.momentum(step, total_steps=total_steps) or 0.0 for step in range(total_steps)]
    top = rates.index(max(rates))
    assert rates[0] == pytest.approx(cycle.max_learning_rate / 10)
    assert max(rates) <= cycle.max_learning_rate * (1 + 1e-12)
    assert all(low <= high * (1 + 1e-9) for low, high in pairwise(rates[: top + 1]))
    assert all(low <= high * (1 + 1e-9) for high, low in pairwise(rates[top:]))
    assert abs(top - cycle.warmup_fraction * (total_steps - 1)) <= 1
    assert momentums.index(min(momentums)) == pytest.approx(top, abs=1)
    assert momentums[0] == pytest.approx(0.95)
    assert all(0.85 - 1e-9 <= momentum <= 0.95 + 1e-9 for momentum in momentums)
    if cycle.final_fraction > 0:
        assert rates[-1] == pytest.approx(cycle.max_learning_rate / 10_000)
        assert momentums[-1] == pytest.approx(0.95)


def test_one_cycle_beyond_its_end_and_of_a_single_step() -> None:
    cycle = OneCycle(max_learning_rate=0.5, initial_learning_rate=0.1, final_learning_rate=0.01)
    assert cycle.rate(1000, total_steps=100) == pytest.approx(0.01)
    assert cycle.rate(0, total_steps=1) == pytest.approx(0.1)
    assert cycle.momentum(5, total_steps=10) is None
    assert math.isclose(cycle.rate(45, total_steps=101), 0.5)
