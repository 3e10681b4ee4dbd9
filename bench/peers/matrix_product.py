"""What this machine can do at best: the product of two single-precision matrices, on some of its cores.

``python -m bench.peers.matrix_product THREADS`` prints GFLOP/s as JSON: the best of several products, as every
disturbance only makes one slower.
"""

import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

SIZE = 2048
PRODUCTS = 20


def main() -> None:
    """Multiplies and takes the time."""
    tf.config.threading.set_intra_op_parallelism_threads(int(sys.argv[1]))
    tf.config.threading.set_inter_op_parallelism_threads(1)
    left, right = (tf.random.stateless_uniform((SIZE, SIZE), seed=(0, number)) for number in (1, 2))
    seconds: list[float] = []
    for _ in range(PRODUCTS):
        began = time.perf_counter()
        tf.linalg.matmul(left, right).numpy()
        seconds.append(time.perf_counter() - began)
    sys.stdout.write(json.dumps(2 * SIZE**3 / min(seconds) / 1e9) + "\n")


if __name__ == "__main__":
    main()
