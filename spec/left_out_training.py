"""What Keras has for trainings and a spec cannot say, each with its reason; the catalog shows it."""

from collections.abc import Mapping

_BASE = "it is a base class"
_CODE = "it runs code that the spec would have to carry"
_WRAPS = "it wraps another optimizer, and an optimizer's fields hold none"
_FILES = "it writes files; the service keeps metrics, the model and the log by itself"
_PRINTS = "nobody would read what it prints"
_FLOAT32 = "losses and metrics are computed in float32, whatever the `precision`"
_UNNAMED = "its name appears nowhere"
_VALUES = "it averages values that are handed to it, not an output and its target"
_SEQUENCES = "it compares sequences, which no data set here has"

LEFT_OUT_OPTIMIZERS: Mapping[str, str] = {
    "Optimizer": _BASE,
    "LossScaleOptimizer": "Keras wraps every optimizer in it where the training's `precision` is `mixed_float16`",
    "MultiOptimizer": _WRAPS,
    "OptimizerMap": _WRAPS,
}
"""Optimizers."""

LEFT_OUT_OPTIMIZER_ARGUMENTS: Mapping[str, str] = {
    "name": _UNNAMED,
    "kwargs": "Keras knows no further arguments",
}
"""Arguments of optimizers."""

LEFT_OUT_SCHEDULES: Mapping[str, str] = {"LearningRateSchedule": _BASE}
"""Schedules."""

LEFT_OUT_SCHEDULE_ARGUMENTS: Mapping[str, str] = {"name": _UNNAMED}
"""Arguments of schedules."""

LEFT_OUT_LOSSES: Mapping[str, str] = {
    "Loss": _BASE,
    "LossFunctionWrapper": _CODE,
    "CTC": _SEQUENCES,
    "ctc": _SEQUENCES,
}
"""Losses, and strings that stand for them."""

LEFT_OUT_LOSS_ARGUMENTS: Mapping[str, str] = {"name": "a loss is reported as `loss`", "dtype": _FLOAT32}
"""Arguments of losses."""

LEFT_OUT_METRICS: Mapping[str, str] = {
    "Metric": _BASE,
    "metric": _BASE,
    "Mean": _VALUES,
    "mean": _VALUES,
    "Sum": _VALUES,
    "sum": _VALUES,
    "MeanMetricWrapper": _CODE,
    "mean_metric_wrapper": _CODE,
}
"""Metrics, and strings that stand for them."""

LEFT_OUT_METRIC_ARGUMENTS: Mapping[str, str] = {"dtype": _FLOAT32}
"""Arguments of metrics."""

LEFT_OUT_CALLBACKS: Mapping[str, str] = {
    "Callback": _BASE,
    "CallbackList": _BASE,
    "BackupAndRestore": _FILES,
    "CSVLogger": _FILES,
    "ModelCheckpoint": _FILES,
    "OrbaxCheckpoint": _FILES,
    "TensorBoard": _FILES,
    "History": "the service keeps the history of every job",
    "LambdaCallback": _CODE,
    "LearningRateScheduler": "it runs code; say the optimizer's `learning_rate` as a schedule",
    "ProgbarLogger": _PRINTS,
    "RemoteMonitor": "it would let a spec send requests to any address",
    "SwapEMAWeights": "its swaps would be caught in the middle by a job that is stopped; `use_ema` alone is taken",
}
"""Callbacks."""

LEFT_OUT_CALLBACK_ARGUMENTS: Mapping[str, str] = {
    "verbose": _PRINTS,
    "kwargs": "Keras knows no further arguments",
}
"""Arguments of callbacks."""
