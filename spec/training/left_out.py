"""What Keras has for trainings and a spec cannot say, each with its reason; the catalog shows it."""

from collections.abc import Mapping

_BASE = "It is a base class."
_CODE = "It runs code, which a spec cannot contain."
_WRAPS = "It wraps another optimizer, and the fields of an optimizer cannot contain one."
_PRINTS = "It controls what Keras prints, which is always kept in the artifact `logs`."
_FLOAT32 = "Losses and metrics are always computed in float32, whatever the `precision`."
_UNNAMED = "Its name is not shown anywhere."
_VALUES = "It averages values that it is given, and does not compare an output with its target."
_SEQUENCES = "It compares sequences, and the target of a data set is a class, labels or a number."
_NO_OTHERS = "Keras has no further arguments."

LEFT_OUT_OPTIMIZERS: Mapping[str, str] = {
    "Optimizer": _BASE,
    "LossScaleOptimizer": "Keras wraps every optimizer in it when the `precision` is `mixed_float16`.",
    "MultiOptimizer": _WRAPS,
    "OptimizerMap": _WRAPS,
}
"""Optimizers."""

LEFT_OUT_COMPILE_ARGUMENTS: Mapping[str, str] = {
    "loss_weights": (
        "It weights the losses of several outputs, and a network has only one output. "
        "Use `class_weight` to weight its classes."
    ),
    "run_eagerly": "Every step is compiled, which gives the same results.",
    "steps_per_execution": ("The service chooses how many steps it runs at once, which does not change the results."),
    "jit_compile": (
        "It is always false: a layer that XLA cannot compile would change how all others are computed on a GPU."
    ),
    "auto_scale_loss": (
        "Keras scales the loss when the `precision` is `mixed_float16`. With `mixed_bfloat16` it does not have to."
    ),
}
"""Arguments of `Model.compile`."""

LEFT_OUT_FIT_ARGUMENTS: Mapping[str, str] = {
    "x": "The rows come from the `dataset`. Its `features` select the columns.",
    "y": "The targets come from the `dataset`. Its `target` selects the column.",
    "verbose": _PRINTS,
    "validation_data": (
        "Validation rows come from the data set itself. Use `validation_split`, or the `split` of the `dataset`, to "
        "hold "
        "some back."
    ),
    "sample_weight": "Weights of rows are a column of your own data set. Name the column in the `sample_weight` of "
    "`dataset`. Use `class_weight` to give all rows of a class a weight.",
    "initial_epoch": (
        "A job begins with epoch 1, and each of its `phases` after the one before. Use `epochs` to set how many it "
        "trains."
    ),
    "steps_per_epoch": (
        "Every epoch uses each training row once, so the number of steps follows from `batch_size`. "
        "Use `epochs` to set the total."
    ),
    "validation_steps": (
        "All validation rows are evaluated after every epoch. Use `validation_split` to set how many there are."
    ),
    "validation_batch_size": "Validation rows are read in batches of `batch_size`, which does not change the metrics.",
    "validation_freq": (
        "Validation rows are evaluated after every epoch. A smaller `validation_split` makes that faster."
    ),
}
"""Arguments of `Model.fit`."""

LEFT_OUT_OPTIMIZER_ARGUMENTS: Mapping[str, str] = {
    "name": _UNNAMED,
    "kwargs": _NO_OTHERS,
}
"""Arguments of optimizers."""

_INTERNAL = "It is a part of the training itself, and there is nothing to set."
_STATE = "Every job begins with a new optimizer. A job that is interrupted continues with its own."

LEFT_OUT_OPTIMIZER_METHODS: Mapping[str, str] = {
    "add_optimizer_variables": _INTERNAL,
    "add_variable": _INTERNAL,
    "add_variable_from_reference": _INTERNAL,
    "apply": _INTERNAL,
    "apply_gradients": _INTERNAL,
    "assign": _INTERNAL,
    "assign_add": _INTERNAL,
    "assign_sub": _INTERNAL,
    "build": _INTERNAL,
    "finalize_variable_values": "Keras calls it after the last epoch when `use_ema` is true.",
    "from_config": "The spec is already the configuration.",
    "get_config": "The spec is already the configuration.",
    "iterations": "Every job counts its updates from 0.",
    "load_own_variables": _STATE,
    "lr_adjust": "Use the `rms_rate` of `Muon` to set how it adjusts the rate.",
    "save_own_variables": _STATE,
    "scale_loss": "Use `loss_scale_factor` to set what the loss is multiplied by.",
    "set_weights": _STATE,
    "stateless_apply": _INTERNAL,
    "transpose_last_axis": _INTERNAL,
    "update_step": _INTERNAL,
    "variables": _STATE,
    "zeropower_via_newtonschulz5": "Use the `ns_steps` of `Muon` to set how many steps it takes.",
}
"""Public methods and properties of optimizers."""

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

LEFT_OUT_LOSS_ARGUMENTS: Mapping[str, str] = {"name": "A loss is always reported as `loss`.", "dtype": _FLOAT32}
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

_RESTORING = (
    "The service writes files by itself. To end with the weights of the best epoch, use "
    '{"type": "EarlyStopping", "restore_best_weights": true}, and a `patience` of all epochs if it should not stop '
    "early."
)
_EVENTS = "GET /v1/jobs/{id}/events reports every epoch as it ends"

LEFT_OUT_CALLBACKS: Mapping[str, str] = {
    "Callback": _BASE,
    "CallbackList": _BASE,
    "BackupAndRestore": "The service writes checkpoints by itself, and continues from the last one.",
    "CSVLogger": "The service writes this file by itself, as the artifact `history.csv`.",
    "ModelCheckpoint": _RESTORING,
    "OrbaxCheckpoint": _RESTORING,
    "TensorBoard": f"The service keeps the metrics of every epoch, and {_EVENTS}.",
    "History": "The service keeps the history of every job. Use GET /v1/jobs/{id}/metrics.",
    "LambdaCallback": f"{_CODE} {_EVENTS}.",
    "LearningRateScheduler": (
        "It runs code. Set the `learning_rate` of the `optimizer` to a schedule, with the `unit` `epoch` for one "
        "rate per "
        "epoch."
    ),
    "ProgbarLogger": f"{_PRINTS} {_EVENTS}.",
    "RemoteMonitor": (f"It could send requests to any address. {_EVENTS}, and webhooks report the end of every job."),
}
"""Callbacks."""

LEFT_OUT_CALLBACK_ARGUMENTS: Mapping[str, str] = {
    "verbose": _PRINTS,
    "kwargs": _NO_OTHERS,
}
"""Arguments of callbacks."""
