"""What this machine makes of processes that share nothing: ``fit`` on the small job's network, a thread each.

``python -m bench.peers.keras_side_by_side PROCESSES`` prints as JSON how many epochs all of them end in a second.
"""

import json
import multiprocessing
import os
import sys
import time
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

SECONDS = 6.0
WARM_UP_EPOCHS = 3


def main() -> None:
    """Has them train at the same time."""
    context = multiprocessing.get_context("spawn")
    count = int(sys.argv[1])
    start, rates = context.Barrier(count), context.Queue()
    processes = [context.Process(target=train, args=(start, rates)) for _ in range(count)]
    for process in processes:
        process.start()
    total = sum(rates.get() for _ in processes)
    for process in processes:
        process.join()
    sys.stdout.write(json.dumps(total) + "\n")


def train(start: Barrier, rates: "Queue[float]") -> None:
    """Trains for some seconds, once the others are as far."""
    import tensorflow as tf  # noqa: PLC0415 -- the process that only waits does without
    from sklearn.datasets import load_digits  # noqa: PLC0415 -- likewise

    from bench.peers.digits import TRAIN_ROWS, build  # noqa: PLC0415 -- likewise

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    images, labels = load_digits(return_X_y=True)
    images, labels = (images[:TRAIN_ROWS] / 16).astype("float32"), labels[:TRAIN_ROWS]
    model = build(0)
    model.fit(images, labels, epochs=WARM_UP_EPOCHS, verbose=0)
    start.wait()
    epochs, began = 0, time.perf_counter()
    while time.perf_counter() < began + SECONDS:
        model.fit(images, labels, verbose=0)
        epochs += 1
    rates.put(epochs / (time.perf_counter() - began))


if __name__ == "__main__":
    main()
