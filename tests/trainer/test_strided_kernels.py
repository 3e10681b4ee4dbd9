"""Where TensorFlow's kernels for CPUs compute wrong gradients, or write past their memory, the engine does neither."""

import json

from tests.trainer.own_process import said_by
from tests.trainer.strided_program import deviations_of_all

FLOAT32 = 1e-5
"""What sums in another order may differ by."""


def test_kernels_of_one_element_learn_by_their_gradient() -> None:
    # With AVX2 the wrong kernel's numbers are wrong; with AVX-512 it spoils memory, which shows now and then.
    with_avx2: dict[str, float] = json.loads(said_by("tests.trainer.strided_program", ONEDNN_MAX_CPU_ISA="AVX2"))
    for deviations in (with_avx2, deviations_of_all()):
        assert len(deviations) == 15
        assert {name: far for name, far in deviations.items() if not far < FLOAT32} == {}
