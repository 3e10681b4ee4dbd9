"""What every technique declares."""

import re

import pytest

from coach.moves import BY_NAME
from coach.techniques import TECHNIQUES
from coach.techniques.page import PAGE, page
from coach.techniques.technique import Technique
from spec.language.declared import Section
from tests.wording import faults_of_sentence

NOTEBOOK = {
    "Glorot and He Initialization",
    "Nonsaturating Activation Functions",
    "Batch Normalization",
    "Faster Optimizers",
    "Momentum Optimization",
    "Nestrov Accelerated Gradient",
    "RMSProp",
    "Adam and Nadam Optimisation",
    "Learning Rate Scheduling",
    "Avoiding Overfitting Through Regularization",
    "$\\ell_{1}$ and $\\ell_{2}$ Regularization",
    "Dropout",
    "Max-Norm Regularization",
}
"""Its headings, as it spells them."""


@pytest.mark.parametrize("technique", TECHNIQUES, ids=lambda one: one.NAME)
def test_a_technique_says_what_it_is_for_and_where_it_comes_from(technique: Technique[Section]) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", technique.NAME)
    assert re.fullmatch(r"[A-Z0-9].*[^.]", technique.TITLE)
    assert faults_of_sentence(technique.PURPOSE) == []
    assert technique.SECTION is None or technique.SECTION in NOTEBOOK
    assert re.search(r"\((19|20)\d\d\), [A-Z]", technique.SOURCE)
    technique.PARAMETERS()  # all have defaults
    properties = technique.PARAMETERS.model_json_schema().get("properties", {})
    for name in technique.PARAMETERS.model_fields:
        assert faults_of_sentence(properties[name]["description"]) == [], (technique.NAME, name)


def test_all_names_and_titles_differ_and_all_of_the_notebook_is_there() -> None:
    assert len(BY_NAME) == len(TECHNIQUES) == len({technique.TITLE for technique in TECHNIQUES})
    assert {technique.SECTION for technique in TECHNIQUES} == NOTEBOOK | {None}


def test_the_page_is_what_the_declarations_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
