"""Small jobs as trials of Ray Tune, one a core. Prints the seconds they took together as JSON.

As https://docs.ray.io/en/latest/tune/getting-started.html tells: a trainable that reports every epoch, a grid of
seeds. The time to start Ray is not counted.
"""

import json
import os
import sys
import time

os.environ.setdefault("RAY_AIR_NEW_OUTPUT", "0")

import ray
from ray import tune


def train(config: dict[str, int]) -> None:
    """One trial, in a process of its own."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras  # noqa: PLC0415 -- as Ray's documentation says: imported where it is used, in the worker

    from bench.peers.digits import fit  # noqa: PLC0415 -- same reason

    class Report(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 -- Keras's signature
            tune.report({name: float(value) for name, value in (logs or {}).items()})

    fit(config["seed"], [Report()])


def main() -> None:
    """Runs the trials."""
    trials = int(sys.argv[1])
    ray.init(num_cpus=os.cpu_count(), include_dashboard=False, log_to_driver=False, configure_logging=False)
    began = time.perf_counter()
    results = tune.Tuner(
        tune.with_resources(train, {"cpu": 1}),
        param_space={"seed": tune.grid_search(list(range(trials)))},
        run_config=tune.RunConfig(verbose=0),
    ).fit()
    seconds = time.perf_counter() - began
    if results.num_errors or len(results) != trials:
        raise SystemExit(f"{results.num_errors} of {len(results)} trials failed")
    ray.shutdown()
    sys.stdout.write(json.dumps(seconds) + "\n")


if __name__ == "__main__":
    main()
