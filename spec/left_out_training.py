"""What Keras has for trainings and a spec cannot say, each with its reason; the catalog shows it."""

from collections.abc import Mapping

_BASE = "it is a base class"
_CODE = "it runs code that the spec would have to carry"
_WRAPS = "it wraps another optimizer, and an optimizer's fields hold none"
_PRINTS = "nobody would read what it prints; the artifact `logs` holds what Keras printed"
_FLOAT32 = "losses and metrics are computed in float32, whatever the `precision`"
_UNNAMED = "its name appears nowhere"
_VALUES = "it averages values that are handed to it, not an output and its target"
_SEQUENCES = "it compares sequences, which no data set here has"

LEFT_OUT_OPTIMIZERS: Mapping[str, str] = {
    "Optimizer": _BASE,
    "LossScaleOptimizer": "Keras wraps every optimizer in it where the `precision` is `mixed_float16`",
    "MultiOptimizer": _WRAPS,
    "OptimizerMap": _WRAPS,
}
"""Optimizers."""

LEFT_OUT_COMPILE_ARGUMENTS: Mapping[str, str] = {
    "loss_weights": "it weighs the losses of several outputs, and a network has one; `class_weight` weighs its classes",
    "run_eagerly": "every step is compiled, with the same results",
    "steps_per_execution": "the service finds out by itself how many steps to take in one go, with the same results",
    "jit_compile": "Keras decides it, as it does by default",
    "auto_scale_loss": (
        "Keras scales the loss where `precision` is `mixed_float16`; under `mixed_bfloat16` nothing needs to be scaled"
    ),
}
"""Arguments of `Model.compile`."""

LEFT_OUT_FIT_ARGUMENTS: Mapping[str, str] = {
    "x": "rows come from the `dataset`, whose `features` says which columns are read",
    "y": "targets come from the `dataset`, whose `target` says which column is learnt",
    "verbose": _PRINTS,
    "validation_data": (
        "rows for validation come from the data set itself: `validation_split` holds some of them back, "
        "and so does the `split` of the `dataset`"
    ),
    "sample_weight": "rows have no weights of their own; `class_weight` gives all rows of a class one",
    "initial_epoch": "a job counts its epochs from 1; `epochs` says how many it trains",
    "steps_per_epoch": (
        "every epoch takes each training row once, in as many steps as `batch_size` makes of them; "
        "choose `epochs` for the number of steps in all"
    ),
    "validation_steps": "every epoch evaluates all validation rows; `validation_split` says how many there are",
    "validation_batch_size": "validation rows are taken in batches of `batch_size`; their number changes no metric",
    "validation_freq": "validation rows are evaluated after every epoch; a smaller `validation_split` makes it quicker",
}
"""Arguments of `Model.fit`."""

LEFT_OUT_OPTIMIZER_ARGUMENTS: Mapping[str, str] = {
    "name": _UNNAMED,
    "kwargs": "Keras knows no further arguments",
}
"""Arguments of optimizers."""

_INTERNAL = "it does a part of the training's work and sets nothing"
_STATE = "an optimizer begins anew with every job; a job that is interrupted goes on with its own"

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
    "finalize_variable_values": "Keras calls it after the last epoch where `use_ema` is true",
    "from_config": "a spec is the configuration already",
    "get_config": "a spec is the configuration already",
    "iterations": "updates are counted from 0",
    "load_own_variables": _STATE,
    "lr_adjust": "`rms_rate` of Muon says how it adjusts the rate",
    "save_own_variables": _STATE,
    "scale_loss": "`loss_scale_factor` says what the loss is multiplied by",
    "set_weights": _STATE,
    "stateless_apply": _INTERNAL,
    "transpose_last_axis": _INTERNAL,
    "update_step": _INTERNAL,
    "variables": _STATE,
    "zeropower_via_newtonschulz5": "`ns_steps` of Muon says how many of its steps are taken",
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

_RESTORING = (
    'the service writes files by itself; {"type": "EarlyStopping", "restore_best_weights": true}, with a `patience` '
    "of all epochs where it shall not stop, ends with the weights of the best epoch"
)
_EVENTS = "GET /v1/jobs/{id}/events tells of every epoch as it ends"

LEFT_OUT_CALLBACKS: Mapping[str, str] = {
    "Callback": _BASE,
    "CallbackList": _BASE,
    "BackupAndRestore": "the service writes checkpoints to files by itself, and goes on from the last one",
    "CSVLogger": "the service writes files by itself: the artifact `history.csv` is this one",
    "ModelCheckpoint": _RESTORING,
    "OrbaxCheckpoint": _RESTORING,
    "TensorBoard": f"the service keeps the metrics of every epoch: {_EVENTS}",
    "History": "the service keeps the history of every job: GET /v1/jobs/{id}/metrics",
    "LambdaCallback": f"{_CODE}; {_EVENTS}",
    "LearningRateScheduler": (
        "it runs code; the `learning_rate` of the `optimizer` takes a schedule, by epochs where its `unit` is `epoch`"
    ),
    "ProgbarLogger": f"{_PRINTS}; {_EVENTS}",
    "RemoteMonitor": f"it would let a spec send requests to any address; {_EVENTS}, and webhooks tell of every end",
}
"""Callbacks."""

LEFT_OUT_CALLBACK_ARGUMENTS: Mapping[str, str] = {
    "verbose": _PRINTS,
    "kwargs": "Keras knows no further arguments",
}
"""Arguments of callbacks."""
