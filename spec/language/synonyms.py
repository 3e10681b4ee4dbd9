"""What older Kerases, PyTorch, scikit-learn and people call the parts of a training -> how a spec says it.

``RENAMED_…`` hold words that one name stands for, ``…_WAYS`` those that need more than a name: a sentence with what to
write. Case, underscores, hyphens and spaces do not matter.
"""

from collections.abc import Mapping

_LOGITS = "This loss reads the output as logits. Write"

RENAMED_LOSSES: Mapping[str, str] = {
    "logcosh": "log_cosh",
    "kullback_leibler_divergence": "kl_divergence",
    "KLDivLoss": "kl_divergence",
    "huber_loss": "huber",
    "SmoothL1Loss": "huber",
    "smooth_l1": "huber",
    "cosine_proximity": "cosine_similarity",
    "CosineEmbeddingLoss": "cosine_similarity",
    "cosine": "cosine_similarity",
    "cross_entropy": "crossentropy",
    "softmax_cross_entropy": "crossentropy",
    "nll": "sparse_categorical_crossentropy",
    "sparse_crossentropy": "sparse_categorical_crossentropy",
    "l1": "mae",
    "L1Loss": "mae",
    "absolute_error": "mae",
    "l2": "mse",
    "MSELoss": "mse",
    "squared_error": "mse",
    "quadratic": "mse",
    "log_loss": "binary_crossentropy",
    "BCELoss": "binary_crossentropy",
    "MultiLabelMarginLoss": "categorical_hinge",
    "MultiMarginLoss": "categorical_hinge",
    "hinge_loss": "hinge",
    "dice_loss": "dice",
    "poisson_loss": "poisson",
    "focal_loss": "categorical_focal_crossentropy",
    "sparse_categorical_focal_crossentropy": "categorical_focal_crossentropy",
    "sparse_categorical_hinge": "categorical_hinge",
}
"""Losses."""

_MINIMUM = "is minimized by minimizing the mean squared error. Write"
_MAXIMUM = "is maximized by minimizing the mean squared error. Write"

LOSS_WAYS: Mapping[str, str] = {
    **dict.fromkeys(
        ("CategoricalGeneralizedCrossEntropy", "generalized_cross_entropy", "gce"),
        'This loss can only be written as an object. Write {"type": "CategoricalGeneralizedCrossEntropy"}.',
    ),
    **dict.fromkeys(
        ("BCEWithLogitsLoss", "bce_with_logits", "sigmoid_cross_entropy_with_logits", "sigmoid_cross_entropy"),
        f'{_LOGITS} {{"type": "BinaryCrossentropy", "from_logits": true}}.',
    ),
    **dict.fromkeys(
        ("CrossEntropyLoss", "softmax_cross_entropy_with_logits", "sparse_softmax_cross_entropy_with_logits"),
        f'{_LOGITS} {{"type": "SparseCategoricalCrossentropy", "from_logits": true}}.',
    ),
    "PoissonNLLLoss": 'Write {"type": "Poisson"}, and end the network with the activation "exponential".',
    **dict.fromkeys(
        ("rmse", "root_mean_squared_error", "RootMeanSquaredError"),
        f'The root mean squared error {_MINIMUM} {{"type": "MeanSquaredError"}}, '
        'and list "root_mean_squared_error" among the metrics.',
    ),
    **dict.fromkeys(
        ("r2", "r2_score", "R2Score", "r_squared"),
        f'R2 {_MAXIMUM} {{"type": "MeanSquaredError"}}, and list "r2_score" among the metrics.',
    ),
    **dict.fromkeys(
        ("accuracy", "acc", "f1", "f1_score", "auc", "precision", "recall"),
        "This is a metric, which has no gradient to train with. List it among the metrics, "
        'and use a loss such as "crossentropy".',
    ),
    **dict.fromkeys(
        ("iou", "jaccard", "soft_iou"),
        'The Dice loss improves whenever the intersection over union does. Write {"type": "Dice"}.',
    ),
    "binary_focal": 'Write {"type": "BinaryFocalCrossentropy"}.',
}
"""Losses that are no single name."""

RENAMED_METRICS: Mapping[str, str] = {
    "cosine_proximity": "cosine_similarity",
    "cosine": "cosine_similarity",
    "rmse": "root_mean_squared_error",
    "r2": "r2_score",
    "r_squared": "r2_score",
    "explained_variance": "r2_score",
    "kld": "kl_divergence",
    "logcosh": "log_cosh_error",
    "prec": "precision",
    "ppv": "precision",
    "sensitivity": "recall",
    "tpr": "recall",
    "hit_rate": "recall",
    "roc_auc": "auc",
    "auc_roc": "auc",
    "auroc": "auc",
    "roc": "auc",
    "tp": "true_positives",
    "fp": "false_positives",
    "tn": "true_negatives",
    "fn": "false_negatives",
    "pearson": "pearson_correlation",
    "pearsonr": "pearson_correlation",
    "correlation": "pearson_correlation",
    "ccc": "concordance_correlation",
    "neg_mean_squared_error": "mean_squared_error",
    "neg_root_mean_squared_error": "root_mean_squared_error",
    "neg_mean_absolute_error": "mean_absolute_error",
    "acc_score": "accuracy",
    "accuracy_score": "accuracy",
    "categorical_acc": "categorical_accuracy",
    "crossentropy": "sparse_categorical_crossentropy",
    "ce": "sparse_categorical_crossentropy",
    "log_loss": "binary_crossentropy",
}
"""Metrics."""

_F1 = 'The F1 score has one value per class, which must be averaged. Write {"type": "F1Score", "average": "macro"}'
_ONE_UNIT = 'With a single output unit, add "threshold": 0.5'
_IOU = (
    "The intersection over union is counted class by class. Write "
    '{"type": "MeanIoU", "num_classes": 10, "sparse_y_pred": false}.'
)
_TOP = (
    'Write {{"type": "SparseTopKCategoricalAccuracy", "k": {k}}}, or the type without "Sparse" if the targets are '
    "one-hot."
)

METRIC_WAYS: Mapping[str, str] = {
    **dict.fromkeys(
        ("F1Score", "f1", "f1 measure", "fscore", "f_measure", "f1_macro", "macro_f1"), f"{_F1}. {_ONE_UNIT}."
    ),
    **{
        word: _F1.replace("macro", average) + "."
        for average in ("micro", "weighted")
        for word in (f"f1_{average}", f"{average}_f1")
    },
    **dict.fromkeys(
        ("FBetaScore", "f_beta_score", "fbeta", "f2", "f2_score"),
        'Write {"type": "FBetaScore", "beta": 2.0, "average": "macro"}.',
    ),
    **dict.fromkeys(
        ("pr_auc", "auc_pr", "auprc", "prc", "average_precision", "ap"),
        'This is the area under the precision-recall curve. Write {"type": "AUC", "curve": "PR"}.',
    ),
    **dict.fromkeys(("iou", "mean_iou", "MeanIoU", "miou", "jaccard", "jaccard_index", "io_u", "mean_io_u"), _IOU),
    **{
        word: _TOP.format(k=k)
        for k in (3, 5)
        for word in (f"top_{k}", f"top{k}_accuracy", f"top_{k}_categorical_accuracy", f"acc@{k}")
    },
    **dict.fromkeys(("top_k_accuracy", "top_k"), _TOP.format(k=5)),
    **dict.fromkeys(
        ("specificity", "tnr"),
        'Write the two metrics {"type": "TrueNegatives"} and {"type": "FalsePositives"}, and divide the true '
        "negatives by "
        "the sum of both.",
    ),
    **dict.fromkeys(
        ("loss", "val_loss"),
        "The loss is always reported, and so is `val_loss` if there are validation rows. Leave it out.",
    ),
    **dict.fromkeys(
        ("val_accuracy", "val_acc"),
        'Every metric is also reported for the validation rows, if there are any. Write "accuracy".',
    ),
}
"""Metrics that are no single name."""

RENAMED_OPTIMIZERS: Mapping[str, str] = {
    "gd": "sgd",
    "gradient_descent": "sgd",
    "GradientDescentOptimizer": "sgd",
    "AdamOptimizer": "adam",
    "SparseAdam": "adam",
    "AdamWeightDecay": "AdamW",
    "RMSPropOptimizer": "rmsprop",
    "AdagradOptimizer": "adagrad",
    "AdadeltaOptimizer": "adadelta",
    "FtrlOptimizer": "ftrl",
}
"""Optimizers."""

_NESTEROV = 'Write {"type": "SGD", "momentum": 0.9, "nesterov": true}.'

OPTIMIZER_WAYS: Mapping[str, str] = {
    "Lamb": 'This optimizer can only be written as an object. Write {"type": "Lamb"}.',
    **dict.fromkeys(
        ("momentum", "MomentumOptimizer", "sgd_momentum", "MomentumSGD"),
        'Write {"type": "SGD", "momentum": 0.9}.',
    ),
    **dict.fromkeys(("nesterov", "nag", "nesterov_momentum", "sgd_nesterov"), _NESTEROV),
    "amsgrad": 'Write {"type": "Adam", "amsgrad": true}.',
    "RAdam": (
        "Keras has no rectified Adam. A warm-up has the same effect on the first steps of Adam. Write "
        '{"type": "Adam", "learning_rate": {"type": "CosineDecay", "initial_learning_rate": 0.0, '
        '"warmup_target": 0.001, "warmup_steps": 1000, "decay_steps": 10000}}.'
    ),
    "ASGD": 'Every optimizer can average the weights. Write {"type": "SGD", "use_ema": true}.',
    "AdamScheduleFree": 'Write {"type": "ScheduleFreeAdamW"}.',
}
"""Optimizers that are no single name."""

RENAMED_SCHEDULES: Mapping[str, str] = {
    "1cycle": "OneCycle",
    "OneCycleLR": "OneCycle",
    "OneCycleScheduler": "OneCycle",
    "CyclicLR": "OneCycle",
    "PiecewiseConstant": "PiecewiseConstantDecay",
    "MultiStepLR": "PiecewiseConstantDecay",
    "ConstantLR": "PiecewiseConstantDecay",
    "StepLR": "ExponentialDecay",
    "StepDecay": "ExponentialDecay",
    "ExponentialLR": "ExponentialDecay",
    "LinearLR": "PolynomialDecay",
    "LinearDecay": "PolynomialDecay",
    "PolynomialLR": "PolynomialDecay",
    "CosineAnnealingLR": "CosineDecay",
    "CosineAnnealing": "CosineDecay",
    "CosineAnnealingWarmRestarts": "CosineDecayRestarts",
    "TimeBasedDecay": "InverseTimeDecay",
}
"""Schedules."""

SCHEDULE_WAYS: Mapping[str, str] = {
    **dict.fromkeys(
        ("ReduceLROnPlateau", "plateau", "performance"),
        'This is a callback. List {"type": "ReduceLROnPlateau"} among the callbacks, and set the rate to a number.',
    ),
    **dict.fromkeys(
        ("warmup", "LinearWarmup"),
        'Write {"type": "CosineDecay", "initial_learning_rate": 0.0, "warmup_target": 0.01, "warmup_steps": 1000, '
        '"decay_steps": 10000}.',
    ),
}
"""Schedules that are no single name."""

RENAMED_CALLBACKS: Mapping[str, str] = {
    "ReduceLearningRateOnPlateau": "ReduceLROnPlateau",
    "ReduceLROnPlateu": "ReduceLROnPlateau",
    "ReduceOnPlateau": "ReduceLROnPlateau",
    "TerminateOnInf": "TerminateOnNaN",
    "EarlyStop": "EarlyStopping",
    "ModelCheckpointCallback": "ModelCheckpoint",
}
"""Callbacks."""

_WATCHED = "The service reports and keeps the metrics of every epoch by itself. Leave this callback out."

CALLBACK_WAYS: Mapping[str, str] = {
    **dict.fromkeys(
        ("OneCycleScheduler", "OneCycle", "CyclicLR", "LearningRateSchedule"),
        (
            "The learning rate is scheduled in the optimizer. Set the `optimizer` of the training to "
            '{"type": "SGD", "learning_rate": {"type": "OneCycle", "max_learning_rate": 0.1}}.'
        ),
    ),
    **dict.fromkeys(("WandbCallback", "WandbMetricsLogger", "MLflowCallback", "TqdmCallback", "Tqdm"), _WATCHED),
}
"""Callbacks that are something else here."""
