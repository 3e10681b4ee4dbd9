"""Jobs drawn at random, most of them odd: what techniques have to cope with."""

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias, TypeVar

from coach.coached_job import CoachedJob, JobFaulty, coached_job
from tests.spec.jobs import MEMORY_BYTES
from tests.spec.own_datasets import ARRAYS, PICTURES, TABLE, WORDS, facts_of

T = TypeVar("T")
Body: TypeAlias = dict[str, Any]
Said: TypeAlias = str | Body

ACTIVATIONS = ("relu", "elu", "selu", "tanh", "sigmoid", "gelu", "softmax", "linear", "leaky_relu", "exponential", None)
INITIALIZERS = (
    "he_normal",
    "glorot_uniform",
    "lecun_normal",
    "zeros",
    "Orthogonal",
    {"type": "RandomNormal", "stddev": 3.0},
    {"type": "VarianceScaling", "scale": 2.0, "mode": "fan_avg", "distribution": "uniform"},
)
PENALTIES = ("l2", "L1", {"type": "L2", "l2": 1e-6}, {"type": "L1L2", "l1": 0.5, "l2": 0.25}, "orthogonal_regularizer")
OPTIMIZERS: tuple[Any, ...] = (
    ...,
    "sgd",
    "adam",
    {"type": "SGD", "learning_rate": 1e-6},
    {"type": "SGD", "learning_rate": 10, "clipnorm": 0.5},
    {"type": "SGD", "momentum": 0.9},
    {"type": "SGD", "learning_rate": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.1},
    {"type": "SGD", "nesterov": True, "use_ema": True},
    {"type": "Adam", "learning_rate": 3.3e-4, "global_clipnorm": 1.0},
    {"type": "AdamW", "exclude_from_weight_decay": ["bias", "dense*"]},
    {"type": "RMSprop", "momentum": 0.5, "gradient_accumulation_steps": 4},
    {"type": "Nadam", "learning_rate": 1},
    {"type": "Adafactor"},
    {"type": "Muon", "exclude_layers": ["dense"]},
    {"type": "Lion", "loss_scale_factor": 8},
)
SCHEDULES: tuple[Any, ...] = (
    {"type": "ExponentialDecay", "initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5, "unit": "epoch"},
    {"type": "InverseTimeDecay", "initial_learning_rate": 1e-5, "decay_steps": 1, "decay_rate": 1e-4},
    {"type": "PiecewiseConstantDecay", "boundaries": [4, 14], "values": [0.01, 0.005, 0.001]},
    {"type": "CosineDecay", "initial_learning_rate": 0.0, "warmup_target": 0.5, "warmup_steps": 20, "decay_steps": 80},
    {"type": "CosineDecay", "initial_learning_rate": 0.0, "decay_steps": 80},
    {"type": "CosineDecayRestarts", "initial_learning_rate": 0.2, "first_decay_steps": 10},
    {"type": "OneCycle", "max_learning_rate": 2},
    {"type": "OneCycle", "max_learning_rate": 1e-4, "max_momentum": 0.95, "min_momentum": 0.85},
    {"type": "PolynomialDecay", "initial_learning_rate": 0.01, "decay_steps": 100},
)
CALLBACKS: tuple[Body, ...] = (
    {"type": "EarlyStopping", "monitor": "loss", "patience": 3},
    {"type": "EarlyStopping", "monitor": "val_loss", "restore_best_weights": True},
    {"type": "ReduceLROnPlateau", "monitor": "loss", "patience": 7},
    {"type": "ReduceLROnPlateau", "monitor": "val_loss"},
    {"type": "TerminateOnNaN"},
    {"type": "SwapEMAWeights"},
)
LOSSES = {
    "classes": (
        "sparse_categorical_crossentropy",
        "sparse_categorical_crossentropy",
        "categorical_crossentropy",
        "crossentropy",
        "mse",
        "binary_crossentropy",
        "kl_divergence",
        "categorical_hinge",
        "hinge",
        {"type": "SparseCategoricalCrossentropy", "from_logits": True},
        {"type": "CategoricalFocalCrossentropy", "gamma": 3},
    ),
    "number": ("mse", "mae", "huber", "poisson", "binary_crossentropy", "kl_divergence", {"type": "LogCosh"}),
    "labels": ("binary_crossentropy", "mse", "hinge", {"type": "BinaryFocalCrossentropy", "from_logits": True}),
}
METRICS = (
    "accuracy",
    "mae",
    "categorical_accuracy",
    "sparse_top_k_categorical_accuracy",
    "AUC",
    "top_k_categorical_accuracy",
)
DATASETS: tuple[tuple[Any, str, int | None], ...] = (
    ("digits", "classes", 10),
    ({"name": "digits", "scaling": "none"}, "classes", 10),
    ({"name": "fashion_mnist", "scaling": "none"}, "classes", 10),
    ("cifar10", "classes", 10),
    ({"name": "iris", "split": {"validation": 0.2, "seed": 1}}, "classes", 3),
    ("wine", "classes", 3),
    ({"name": "wine", "scaling": "none"}, "classes", 3),
    ({"name": "breast_cancer", "features": ["mean radius", "mean area"], "scaling": "none"}, "classes", 2),
    ("breast_cancer", "classes", 2),
    ("diabetes", "number", 1),
    ({"name": "california_housing", "scaling": "none"}, "number", 1),
    ({"name": TABLE, "target": "kind", "features": ["age", "member", "city"]}, "classes", 3),
    ({"name": TABLE, "target": "rare", "features": ["age", "exact"], "scaling": "none"}, "classes", 2),
    (
        {"name": TABLE, "target": "member", "features": [{"column": "age", "encoding": "number", "scaling": "none"}]},
        "classes",
        2,
    ),
    ({"name": TABLE, "target": "exact", "features": ["age", "income"], "split": {"validation": 0.1}}, "number", 1),
    ({"name": TABLE, "target": ["member", "loud"], "features": ["age", "job"]}, "labels", 2),
    ({"name": TABLE, "target": "kind", "features": [{"column": "city", "encoding": "ordinal"}]}, "classes", 3),
    (
        {"name": TABLE, "target": "kind", "inputs": {"a": ["age"], "b": ["income", "job"]}, "scaling": "none"},
        "classes",
        3,
    ),
    ({"name": TABLE, "target": "kind", "sample_weight": "weight", "features": ["age"]}, "classes", 3),
    (
        {"name": ARRAYS, "features": ["x"], "target": {"column": "y", "type": "classes"}, "scaling": "none"},
        "classes",
        3,
    ),
    ({"name": ARRAYS, "features": ["flat", "several"], "target": "y"}, "number", 1),
    ({"name": PICTURES, "image": {"size": [8, 8]}}, "classes", 2),
    (
        {"name": WORDS, "features": [{"column": "note", "encoding": "tokens", "max_tokens": 50, "length": 6}]},
        "classes",
        3,
    ),
)
"""A data set, what its target is, and how many classes, numbers or labels it has."""


class Drawing:
    """One job being drawn."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 -- draws tests, not secrets

    def maybe(self, share: float) -> bool:
        return self.random.random() < share

    def choose(self, choices: Sequence[T]) -> T:
        return self.random.choice(choices)

    def body(self) -> Body:
        """A job spec, which may be faulty."""
        dataset, target, count = self.choose(DATASETS)
        loss = self.choose(LOSSES[target])
        return {
            "dataset": dataset,
            "network": self.network(dataset, target, count or 1),
            "training": self.training(dataset, loss),
        }

    def network(self, dataset: Said, target: str, count: int) -> Body:
        name = dataset if isinstance(dataset, str) else dataset["name"]
        layers = self.beginning(name, dataset)
        for _ in range(self.choose((0, 1, 1, 2, 2, 3, 4))):
            layers += self.block(f"h{len(layers)}")
        if self.maybe(0.15):
            layers += self.residual(len(layers))
        layers += self.end(target, count)
        if self.maybe(0.2):
            for number, layer in enumerate(layers):
                layer.setdefault("name", f"layer_{number}")
        defaults = {"defaults": {"Dense": self.fields("defaults")}} if self.maybe(0.2) else {}
        return {**defaults, "layers": layers}

    def beginning(self, name: str, dataset: Said) -> list[Body]:
        if not isinstance(dataset, str) and "inputs" in dataset:
            both = {"type": "Concatenate", "inputs": ["left", "b"]}
            return [{"type": "Dense", "units": 4, "name": "left", "inputs": ["a"], "activation": "relu"}, both]
        if name == WORDS:
            embedding = {"type": "Embedding", "input_dim": 52, "output_dim": 8, "mask_zero": self.maybe(0.5)}
            reading = {"type": self.choose(("LSTM", "GRU")), "units": 6, "dropout": self.choose((0.0, 0.7))}
            wrapped = {"type": "Bidirectional", "layer": {"type": "GRU", "units": 4, "return_sequences": True}}
            return [embedding, *([wrapped] if self.maybe(0.4) else []), reading]
        if name in {"iris", "wine", "breast_cancer", "diabetes", "california_housing", TABLE} or name == ARRAYS:
            front = [{"type": "BatchNormalization"}] if self.maybe(0.15) else []
            return [*front, *([{"type": "Flatten"}] if name == ARRAYS else [])]
        if self.maybe(0.5):
            return [*([{"type": "Rescaling", "scale": 0.1}] if self.maybe(0.1) else []), {"type": "Flatten"}]
        shape = {"cifar10": None, "digits": [8, 8, 1], "fashion_mnist": [28, 28, 1]}.get(name, [8, 8, 1])
        convolutions = [{"type": "Reshape", "target_shape": shape}] if shape else []
        for _ in range(self.choose((1, 2))):
            kind = self.choose(("Conv2D", "Conv2D", "SeparableConv2D"))
            said = {"type": kind, "filters": self.choose((4, 8, 24)), "kernel_size": 3, "padding": "same"}
            convolutions.append({**said, **self.fields(kind)})
            convolutions += self.trimmings()
            if self.maybe(0.3):
                convolutions.append({"type": "MaxPooling2D"})
        return [*convolutions, {"type": self.choose(("Flatten", "GlobalAveragePooling2D"))}]

    def block(self, name: str) -> list[Body]:
        dense = {"type": "Dense", "units": self.choose((2, 16, 40, 128, 200)), **self.fields("dense")}
        if self.maybe(0.1):
            dense["name"] = name
        return [dense, *self.trimmings()]

    def trimmings(self) -> list[Body]:
        made: list[Body] = []
        if self.maybe(0.2):
            made.append({"type": self.choose(("BatchNormalization", "LayerNormalization"))})
        if self.maybe(0.2):
            made.append(
                self.choose(({"type": "ReLU"}, {"type": "LeakyReLU"}, {"type": "Activation", "activation": "tanh"}))
            )
        if self.maybe(0.25):
            made.append({"type": self.choose(("Dropout", "AlphaDropout")), "rate": self.choose((0.1, 0.5, 0.9))})
        return made

    def fields(self, kind: str) -> Body:
        said: Body = {}
        if self.maybe(0.8):
            said["activation"] = self.choose(ACTIVATIONS)
        for role in ("depthwise", "pointwise") if kind == "SeparableConv2D" else ("kernel",):
            if self.maybe(0.35):
                said[f"{role}_initializer"] = self.choose(INITIALIZERS)
            if self.maybe(0.2):
                said[f"{role}_regularizer"] = self.choose(PENALTIES)
            if self.maybe(0.1):
                said[f"{role}_constraint"] = "max_norm"
        if self.maybe(0.1):
            said["trainable"] = False
        if self.maybe(0.05):
            said["activity_regularizer"] = "l2"
        if kind == "Conv2D" and self.maybe(0.1):
            said["groups"] = 1
        return said

    def residual(self, number: int) -> list[Body]:
        first, second = f"first_{number}", f"second_{number}"
        added = {"type": self.choose(("Add", "Multiply", "Concatenate")), "inputs": [first, second]}
        return [
            {"type": "Dense", "units": 8, "name": first, **self.fields("dense")},
            {"type": "Dense", "units": 8, **self.fields("dense")},
            {"type": "Dense", "units": 8, "name": second, **self.fields("dense")},
            added,
            *([{"type": "Activation", "activation": "relu"}] if self.maybe(0.5) else []),
        ]

    def end(self, target: str, count: int) -> list[Body]:
        units = self.choose((count, count, count, 1, count + 2)) if target == "classes" else count
        last = {"type": "Dense", "units": units}
        if self.maybe(0.7):
            last["activation"] = self.choose(("softmax", "softmax", "sigmoid", "linear", "relu", "tanh", "exponential"))
        if self.maybe(0.1):
            last["kernel_initializer"] = self.choose(INITIALIZERS)
        after: list[Body] = []
        if self.maybe(0.15):
            after.append(self.choose(({"type": "Softmax"}, {"type": "Activation", "activation": "softmax"})))
        return [last, *after]

    def training(self, dataset: Said, loss: Said) -> Body:
        optimizer = self.choose(OPTIMIZERS)
        if isinstance(optimizer, dict) and self.maybe(0.3):
            optimizer = {**optimizer, "learning_rate": self.choose(SCHEDULES)}
        said: Body = {
            "loss": loss,
            "optimizer": optimizer,
            "epochs": self.choose((1, 2, 5, 40)),
            "batch_size": self.choose((..., 4, 64, 2048)),
            "metrics": [self.choose(METRICS)] if self.maybe(0.6) else ...,
            "callbacks": [self.choose(CALLBACKS) for _ in range(self.choose((1, 2)))] if self.maybe(0.4) else ...,
            "class_weight": self.choose(("balanced", {"0": 2.0})) if self.maybe(0.1) else ...,
            "precision": self.choose(("mixed_float16", "mixed_bfloat16")) if self.maybe(0.1) else ...,
            "learning_rate_multipliers": {"dense*": 0.5} if self.maybe(0.07) else ...,
        }
        has_split = not isinstance(dataset, str) and "split" in dataset
        said["validation_split"] = 0.2 if not has_split and self.maybe(0.7) else ...
        if self.maybe(0.15):
            phase = {"epochs": 2, "freeze": [self.choose(("dense", "dense*", "layer_1", "conv*"))]}
            other = {"optimizer": "adam"} if self.maybe(0.5) else {"learning_rate": 0.1}
            said |= {"phases": [phase, {"epochs": 3, **(other if self.maybe(0.5) else {})}], "epochs": ...}
        return {name: value for name, value in said.items() if value is not ...}


def drawn_jobs(count: int, seed: int) -> Iterator[CoachedJob]:
    """So many sound jobs.

    Args:
        count: How many.
        seed: Of the first draw; those that are not sound are left out.
    """
    while count:
        seed += 1
        try:
            job = coached_job(
                json.loads(json.dumps(Drawing(seed).body())), facts_of=facts_of, max_memory_bytes=MEMORY_BYTES
            )
        except JobFaulty:
            continue
        count -= 1
        yield job
