"""What older Kerases, PyTorch, scikit-learn and people call the parts of a training -> how a spec says it.

``RENAMED_…`` hold words that one name stands for, ``…_WAYS`` those that need more than a name: a sentence with what to
write. Case, underscores, hyphens and spaces do not matter.
"""

from collections.abc import Mapping

_LOGITS = "It reads the output as logits: write"

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

_MINIMUM = "has its minimum where the mean squared error has it: write"

LOSS_WAYS: Mapping[str, str] = {
    **dict.fromkeys(
        ("CategoricalGeneralizedCrossEntropy", "generalized_cross_entropy", "gce"),
        'Keras has no string for this loss: write {"type": "CategoricalGeneralizedCrossEntropy"}.',
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
        f'The root of the mean squared error {_MINIMUM} {{"type": "MeanSquaredError"}}, '
        'and list "root_mean_squared_error" among the metrics.',
    ),
    **dict.fromkeys(
        ("r2", "r2_score", "R2Score", "r_squared"),
        f'R2 {_MINIMUM} {{"type": "MeanSquaredError"}}, and list "r2_score" among the metrics.',
    ),
    **dict.fromkeys(
        ("accuracy", "acc", "f1", "f1_score", "auc", "precision", "recall"),
        "This is a metric, which has no gradient to train by: list it among the metrics, "
        'and train by a loss such as "crossentropy".',
    ),
    **dict.fromkeys(
        ("iou", "jaccard", "soft_iou"),
        'Dice falls and rises with the intersection over the union: write {"type": "Dice"}.',
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

_F1 = 'The F1 score is a number per class until it is averaged: write {"type": "F1Score", "average": "macro"}'
_ONE_UNIT = 'Of a single output unit, add "threshold": 0.5'
_IOU = (
    "The intersection over the union is counted class by class: write "
    '{"type": "MeanIoU", "num_classes": 10, "sparse_y_pred": false}.'
)
_TOP = 'Write {{"type": "SparseTopKCategoricalAccuracy", "k": {k}}}, or without "Sparse" where targets are one-hot.'

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
        'The area under the curve of precision and recall: write {"type": "AUC", "curve": "PR"}.',
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
        "Write two metrics and divide them, the true negatives by the sum of both: "
        '{"type": "TrueNegatives"} and {"type": "FalsePositives"}.',
    ),
    **dict.fromkeys(
        ("loss", "val_loss"),
        "The loss is reported by itself, and `val_loss` beside it where rows are held back: leave it out.",
    ),
    **dict.fromkeys(
        ("val_accuracy", "val_acc"),
        'Metrics of the validation rows are reported by themselves where rows are held back: write "accuracy".',
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
    "Lamb": 'Keras has no string for Lamb: write {"type": "Lamb"}.',
    **dict.fromkeys(
        ("momentum", "MomentumOptimizer", "sgd_momentum", "MomentumSGD"),
        'Write {"type": "SGD", "momentum": 0.9}.',
    ),
    **dict.fromkeys(("nesterov", "nag", "nesterov_momentum", "sgd_nesterov"), _NESTEROV),
    "amsgrad": 'Write {"type": "Adam", "amsgrad": true}.',
    "RAdam": (
        "Keras has no rectified Adam; a warm-up does for Adam's first steps what rectifying does: write "
        '{"type": "Adam", "learning_rate": {"type": "CosineDecay", "initial_learning_rate": 0.0, '
        '"warmup_target": 0.001, "warmup_steps": 1000, "decay_steps": 10000}}.'
    ),
    "ASGD": 'Averages of the weights are an argument of every optimizer: write {"type": "SGD", "use_ema": true}.',
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
        'This is a callback: list {"type": "ReduceLROnPlateau"} among the callbacks, and give the rate as a number.',
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

_WATCHED = "The service keeps every epoch, and tells of it while the job runs: leave it out."

CALLBACK_WAYS: Mapping[str, str] = {
    **dict.fromkeys(
        ("OneCycleScheduler", "OneCycle", "CyclicLR", "LearningRateSchedule"),
        (
            "The rate's course is the optimizer's: write "
            '{"type": "SGD", "learning_rate": {"type": "OneCycle", "max_learning_rate": 0.1}} as its `optimizer`.'
        ),
    ),
    **dict.fromkeys(("WandbCallback", "WandbMetricsLogger", "MLflowCallback", "TqdmCallback", "Tqdm"), _WATCHED),
}
"""Callbacks that are something else here."""
