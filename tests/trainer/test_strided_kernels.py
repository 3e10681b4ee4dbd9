"""Where TensorFlow's kernels for CPUs compute wrong gradients, or write past their memory, the engine does neither."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOAT32 = 1e-5
"""What sums in another order may differ by."""


@pytest.mark.parametrize("instructions", ["AVX2", "DEFAULT"])
def test_kernels_of_one_element_learn_by_their_gradient(instructions: str) -> None:
    # With AVX2 the wrong kernel's numbers are wrong; with AVX-512 it spoils memory, which shows now and then.
    program = subprocess.run(
        [sys.executable, "-m", "tests.trainer.strided_program"],
        cwd=ROOT,
        env={**os.environ, "ONEDNN_MAX_CPU_ISA": instructions},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert program.returncode == 0, program.stderr
    deviations: dict[str, float] = json.loads(program.stdout)
    assert len(deviations) == 10
    assert {name: far for name, far in deviations.items() if not far < FLOAT32} == {}
