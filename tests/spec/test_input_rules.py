"""What is advised where a network reads words, or numbers as if they were words."""

from typing import Any

import pytest

from tests.spec.own_datasets import ARRAYS, TABLE, WORDS, own

Body = dict[str, Any]
TOKENS: Body = {
    "name": WORDS,
    "features": [{"column": "note", "encoding": "tokens", "length": 8, "max_tokens": 50}],
    "target": "kind",
}
CITY: Body = {"name": TABLE, "features": [{"column": "city", "encoding": "ordinal"}], "target": "kind"}
AGE: Body = {"name": TABLE, "features": ["age"], "target": "kind"}
PICTURES: Body = {
    "name": ARRAYS,
    "inputs": {"picture": ["x"], "table": ["flat"]},
    "target": {"column": "y", "type": "classes"},
}
DIGITS: Body = {"name": "digits"}
NOISE: Body = {"type": "GaussianNoise", "stddev": 0.1}
SCALED, SMALL, VARIED = "embedding_of_scaled_numbers", "embedding_too_small", "augmented_words"
WHERE = {SCALED: "/network/layers/0", SMALL: "/network/layers/0/input_dim", VARIED: "/dataset/augment/0"}


@pytest.mark.parametrize(
    ("dataset", "count", "code", "words"),
    [
        (TOKENS, 40, SMALL, "Set `input_dim` to 50, or `max_tokens` of the column to 40."),
        (TOKENS, 50, None, ""),
        (CITY, 59, SMALL, "numbers up to 59"),
        (CITY, 60, None, ""),
        (AGE, 99, SCALED, '`scaling` of the data set to "none"'),
        ({**AGE, "scaling": "none"}, 90, SMALL, "Set `input_dim` to 91."),
        ({**AGE, "scaling": "none"}, 91, None, ""),
        (PICTURES, 256, SCALED, "scales the numbers"),
        (DIGITS, 17, SCALED, "scales the numbers"),
        ({**DIGITS, "scaling": "none"}, 17, None, ""),
        ({**TOKENS, "augment": [NOISE]}, 50, VARIED, "after the `Embedding`"),
        ({**AGE, "scaling": "none", "augment": [NOISE]}, 91, None, ""),
    ],
)
def test_embeddings_and_noise_are_advised_on_where_numbers_are_words(
    dataset: Body, count: int, code: str | None, words: str
) -> None:
    inputs = {"inputs": ["picture"]} if "inputs" in dataset else {}
    embedding = {"type": "Embedding", "input_dim": count, "output_dim": 2, **inputs}
    classes = 10 if dataset["name"] == "digits" else 3
    output: Body = {"type": "Dense", "units": classes, "activation": "softmax"}
    checked = own(dataset, [embedding, {"type": "Flatten"}, output])
    assert checked.faults == []
    told = {one.code: one for one in checked.advice if one.code in WHERE}
    assert set(told) == ({code} if code else set())
    for one in told.values():
        assert one.pointer == WHERE[one.code]
        assert words in one.message


def test_what_moves_numbers_leaves_them_as_they_are_and_what_computes_does_not() -> None:
    embedding = {"type": "Embedding", "input_dim": 9, "output_dim": 2}
    output = [{"type": "Flatten"}, {"type": "Dense", "units": 10, "activation": "softmax"}]
    for first, is_told in (({"type": "Flatten"}, True), ({"type": "Rescaling", "scale": 16.0}, False)):
        checked = own(DIGITS, [first, embedding, *output])
        assert (SCALED in {one.code for one in checked.advice}) is is_told
