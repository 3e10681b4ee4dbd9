"""Built-in data sets that are made by formulas: the same bits everywhere, and nothing in them but what order tells."""

import hashlib

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from spec.datasets.built_in import BUILT_IN
from spec.datasets.synthetic import FORMS, REVIEW_WORDS, REVIEWS, WAVEFORMS, WORDS
from worker.trainer.sources.built_in import SOURCES
from worker.trainer.sources.rows import RawRows


@pytest.fixture(scope="module")
def made() -> dict[str, RawRows]:
    return {name: SOURCES[name].load() for name in (WAVEFORMS, REVIEWS)}


@pytest.mark.parametrize(("name", "digest"), [(WAVEFORMS, "7fbca892fdf00316"), (REVIEWS, "130d2e3a00e6a934")])
def test_the_rows_are_what_the_facts_promise_and_the_same_everywhere(
    made: dict[str, RawRows], name: str, digest: str
) -> None:
    facts, rows = BUILT_IN[name], made[name]
    assert rows.test_features is not None
    assert rows.test_target is not None
    assert rows.features.shape == (facts.rows, *facts.input_shape)
    assert rows.test_features.shape == (facts.test_rows, *facts.input_shape)
    arrays = (rows.features.astype("<f4"), rows.target.astype("<i4"), rows.test_features.astype("<f4"))
    told = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()
    assert told[:16] == digest
    shares = np.bincount(rows.target) / facts.rows * (facts.classes or 0)
    assert (len(shares), shares.min() > 0.9, shares.max() < 1.1) == (facts.classes, True, True)
    assert np.array_equal(rows.features, rows.features.astype(np.float32))


def test_the_forms_of_waves_have_no_mean_and_no_step_tells_them_apart(made: dict[str, RawRows]) -> None:
    rows = made[WAVEFORMS]
    means = [rows.features[rows.target == form].mean() for form in range(len(FORMS))]
    assert np.abs(means).max() < 0.01
    assert _score_of_logistic_regression(rows, rows.features, rows.test_features) < 0.3


def test_the_order_of_the_words_decides(made: dict[str, RawRows]) -> None:
    rows = made[REVIEWS]
    assert rows.features.min() == 0
    assert rows.features.max() == len(REVIEW_WORDS)
    assert _score_of_logistic_regression(rows, _bags(rows.features), _bags(rows.test_features)) < 0.6
    assert [_opinion(row) for row in rows.features] == rows.target.tolist()


def _score_of_logistic_regression(rows: RawRows, features: np.ndarray, test_features: np.ndarray | None) -> float:
    """Its accuracy on the test rows, where a guess is right once in so many classes."""
    assert test_features is not None
    learned = LogisticRegression(max_iter=1000).fit(features.reshape(len(features), -1), rows.target)
    return learned.score(test_features.reshape(len(test_features), -1), rows.test_target)


def _bags(features: np.ndarray | None) -> np.ndarray:
    """How often each word is in each text."""
    assert features is not None
    return np.stack([np.bincount(row, minlength=len(REVIEW_WORDS) + 1)[1:] for row in features])


def _opinion(row: np.ndarray) -> int:
    """The class of a text by its words, read as a person would."""
    words = [REVIEW_WORDS[number - 1] for number in row if number]
    assert not row[len(words) :].any()
    place = next(at for at, word in enumerate(words) if word in WORDS.connectives and at > 3)
    first, second = words[:place], words[place + 1 :]
    opinions = [_is_praise(half) for half in (first, second)]
    if words[place] == "and":
        assert opinions[0] == opinions[1]
    else:
        assert opinions[0] != opinions[1]
    return int(opinions[1] if words[place] == "but" else opinions[0])


def _is_praise(words: list[str]) -> bool:
    is_negated = any(word in words for word in ("not", "never", "hardly", "means"))
    return any(word in words for word in WORDS.praise) != is_negated
