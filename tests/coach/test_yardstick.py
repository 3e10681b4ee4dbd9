"""What simple models reach, as rules read it and as people do."""

from coach.evidence import ReferenceSeen
from coach.yardstick import evaluated_of, reference_seen, sentence_of

STORED = {
    "metric": "accuracy",
    "guess": 0.1,
    "models": {"logistic_regression": 0.93, "nearest_neighbors": 0.9},
    "has_validation": True,
}


def test_rules_read_the_scores_and_nothing_where_there_are_none() -> None:
    seen = reference_seen(STORED)
    assert seen == ReferenceSeen("accuracy", 0.1, {"logistic_regression": 0.93, "nearest_neighbors": 0.9})
    assert seen is not None
    assert seen.best == 0.93
    assert reference_seen(None) is None
    assert reference_seen({"reason": "It took too long."}) is None


def test_the_scores_of_the_weights_that_are_left_are_read_off_the_results() -> None:
    told = {"target": "classes", "accuracy": 0.5, "macro_f1": 0.3}
    assert evaluated_of({"evaluation": {"validation": told, "test": None}})["accuracy"] == 0.5
    assert evaluated_of({"evaluation": {"validation": {"r2": None}}}) == {}
    assert evaluated_of({"evaluation": None}) == evaluated_of(None) == {}


def test_people_are_told_the_score_beside_the_guess_and_the_best_model() -> None:
    assert sentence_of(STORED, 0.41) == (
        "Validation accuracy 0.41; always guessing the commonest class gives 0.10, a logistic regression 0.93."
    )
    assert sentence_of(STORED, None) == (
        "Validation accuracy: always guessing the commonest class gives 0.10, a logistic regression 0.93."
    )
    numbers = {"metric": "r2", "guess": -0.01, "models": {"gradient_boosting": 0.5}, "has_validation": False}
    assert sentence_of(numbers, 0.3) == (
        "R² on a fifth of the training rows: always guessing the mean gives -0.01, gradient boosting 0.50."
    )
