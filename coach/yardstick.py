"""How good it could be, as it is stored (`db.datasets.references`), and in a sentence for people."""

from collections.abc import Mapping
from typing import Any

from coach.evidence import ReferenceSeen

MODEL_NAMES: Mapping[str, str] = {
    "logistic_regression": "a logistic regression",
    "ridge_regression": "a ridge regression",
    "nearest_neighbors": "a nearest-neighbor model",
    "gradient_boosting": "gradient boosting",
}
"""What the reference models are called."""

METRICS: Mapping[str, tuple[str, str]] = {
    "accuracy": ("accuracy", "always guessing the commonest class"),
    "exact_match": ("exact match", "always guessing the commonest labels"),
    "r2": ("R²", "always guessing the mean"),
}
"""What each metric is called, and the guess that it is compared with."""


def reference_seen(stored: Mapping[str, Any] | None) -> ReferenceSeen | None:
    """As rules read it.

    Args:
        stored: The document of a reference; None, or one without models, where there is none.
    """
    if stored is None or not stored.get("models"):
        return None
    return ReferenceSeen(stored["metric"], stored["guess"], dict(stored["models"]))


def evaluated_of(results: Mapping[str, Any] | None) -> dict[str, float]:
    """The scores that a job was given on its validation rows, as `coach.evidence.Evidence.evaluated` has them.

    Args:
        results: What it left; None if it left nothing.
    """
    evaluation: Mapping[str, Any] = (results or {}).get("evaluation") or {}
    held_back: Mapping[str, Any] = evaluation.get("validation") or {}
    found = {name: float(held_back[name]) for name in METRICS if held_back.get(name) is not None}
    recalls = [float(one["recall"]) for one in held_back.get("by_class") or () if one["support"]]
    if recalls and not held_back.get("classes_left_out"):
        found["balanced_accuracy"] = sum(recalls) / len(recalls)
    return found


def sentence_of(stored: Mapping[str, Any], score: float | None) -> str:
    """What a person is told: the score of the network beside that of a guess and of the best simple model.

    Args:
        stored: The document of a reference that has models.
        score: Of the network on the validation rows, in the same metric; None where it has none.
    """
    metric, guess = METRICS[stored["metric"]]
    models: Mapping[str, float] = stored["models"]
    best = max(models, key=lambda name: models[name])
    compared = f"{guess} gives {stored['guess']:.2f}, {MODEL_NAMES.get(best, best)} {models[best]:.2f}"
    if not stored["has_validation"]:
        return f"{metric[0].upper()}{metric[1:]} on a fifth of the training rows: {compared}."
    if score is None:
        return f"Validation {metric}: {compared}."
    return f"Validation {metric} {score:.2f}; {compared}."


def quote_of(reference: ReferenceSeen, score: float, *, has_validation: bool) -> str:
    """The same of a job that is being looked at.

    Args:
        reference: Of the job.
        score: Of the network, in the same metric.
        has_validation: Whether the job has validation rows.
    """
    stored = {"metric": reference.metric, "guess": reference.guess, "models": reference.models}
    return sentence_of({**stored, "has_validation": has_validation}, score)
