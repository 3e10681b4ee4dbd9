"""Where TensorFlow's kernels for CPUs compute wrong gradients, or write past their memory, the engine does neither."""

import json

import pytest

from tests.trainer.own_process import said_by

FLOAT32 = 1e-5
"""What sums in another order may differ by."""


@pytest.mark.parametrize("instructions", ["AVX2", "DEFAULT"])
def test_kernels_of_one_element_learn_by_their_gradient(instructions: str) -> None:
    # With AVX2 the wrong kernel's numbers are wrong; with AVX-512 it spoils memory, which shows now and then.
    deviations: dict[str, float] = json.loads(said_by("tests.trainer.strided_program", ONEDNN_MAX_CPU_ISA=instructions))
    assert len(deviations) == 15
    assert {name: far for name, far in deviations.items() if not far < FLOAT32} == {}
