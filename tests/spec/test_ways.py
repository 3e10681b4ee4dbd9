"""A refusal names the way wherever there is one: other words for the same thing, and arguments that a sibling has."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from spec.language import synonyms
from spec.language.declared import Declared, kinds
from spec.language.faults import Fault, faults_of
from spec.layers import Layer
from spec.metrics import METRIC_NAMES, SPELLED_OUT, Metric, MetricField
from spec.networks.activations import ACTIVATION_LAYERS
from spec.networks.left_out import RENAMED_LAYERS
from spec.networks.networks import parse_network
from spec.training.callbacks import Callback, CallbackField
from spec.training.losses import LOSS_NAMES, Loss, LossField
from spec.training.optimizers import OPTIMIZER_NAMES, Optimizer, OptimizerField
from spec.training.schedules import LearningRate, Schedule
from tests.spec.jobs import assert_readable, check, job

FIELDS: Mapping[str, tuple[TypeAdapter[Any], type[Declared], Mapping[str, str], Mapping[str, str]]] = {
    "losses": (TypeAdapter(LossField), Loss, synonyms.RENAMED_LOSSES, synonyms.LOSS_WAYS),
    "metrics": (TypeAdapter(MetricField), Metric, synonyms.RENAMED_METRICS, {**SPELLED_OUT, **synonyms.METRIC_WAYS}),
    "optimizers": (TypeAdapter(OptimizerField), Optimizer, synonyms.RENAMED_OPTIMIZERS, synonyms.OPTIMIZER_WAYS),
    "schedules": (TypeAdapter(LearningRate), Schedule, synonyms.RENAMED_SCHEDULES, synonyms.SCHEDULE_WAYS),
    "callbacks": (TypeAdapter(CallbackField), Callback, synonyms.RENAMED_CALLBACKS, synonyms.CALLBACK_WAYS),
}
"""What reads each kind of thing, its family, and what is known beside its own words."""

NAMED = {"losses", "metrics", "optimizers"}
"""Families whose members a plain string can stand for."""


def refusal(family: str, word: str) -> Fault:
    """What is said of a word, as a string where that may be, and as a type."""
    adapter, base, *_ = FIELDS[family]
    told: list[Fault] = []
    bodies: list[object] = [word] if family in NAMED else []
    bodies += [] if word in kinds(base) else [{"type": word}]
    for body in bodies:
        with pytest.raises(ValidationError) as raised:
            adapter.validate_python(body)
        (fault,) = faults_of(raised.value)
        assert_readable([fault])
        told.append(fault)
    return told[0]


def objects_in(sentence: str) -> list[dict[str, Any]]:
    """The JSON objects that a sentence shows."""
    decoder, found, start = json.JSONDecoder(), [], 0
    while (start := sentence.find("{", start)) >= 0:
        value, end = decoder.raw_decode(sentence, start)
        found.append(value)
        start = end
    return found


def declared(said: dict[str, Any]) -> Declared:
    """What an object in a sentence says: it must be something that can be said."""
    for family in (Loss, Metric, Optimizer, Schedule, Callback, Layer):
        if kind := kinds(family).get(said["type"]):
            try:
                return kind.model_validate(said)
            except ValidationError:
                continue
    raise AssertionError(said)


RENAMED = [(family, word) for family, (*_, renamed, _) in FIELDS.items() for word in renamed]
WAYS = [(family, word) for family, (*_, ways) in FIELDS.items() for word in ways]


@pytest.mark.parametrize(("family", "word"), RENAMED)
def test_another_word_is_told_the_right_one_and_that_can_be_said(family: str, word: str) -> None:
    adapter, base, renamed, _ = FIELDS[family]
    told = refusal(family, word)
    if told.code.startswith("unknown_") and "is not supported" in told.message:
        assert family == "callbacks"
        return
    assert told.suggestion == renamed[word]
    assert told.message.endswith(f'Did you mean "{renamed[word]}"?')
    if family in NAMED:
        adapter.validate_python(renamed[word])
    else:
        assert renamed[word] in kinds(base)


@pytest.mark.parametrize(("family", "word"), WAYS)
def test_what_no_name_stands_for_is_told_what_to_write(family: str, word: str) -> None:
    told = refusal(family, word)
    assert told.message == FIELDS[family][3][word]
    assert told.suggestion is None
    shown = objects_in(told.message)
    assert (told.code == "needs_object") == bool(shown)
    for said in shown:
        declared(said)


@pytest.mark.parametrize(("word", "kind"), RENAMED_LAYERS.items())
def test_other_words_for_layers(word: str, kind: str) -> None:
    (fault,) = parse_network({"layers": [{"type": word}]}).faults
    assert (fault.code, fault.suggestion) == ("unknown_layer", kind)


@pytest.mark.parametrize("word", ACTIVATION_LAYERS)
@pytest.mark.parametrize("spell", [str, str.title, str.upper])
def test_an_activation_as_a_layer_is_told_how(word: str, spell: Any) -> None:  # noqa: ANN401 - a method of str
    written = spell(word)
    if written in kinds(Layer) or written in RENAMED_LAYERS:
        return
    (fault,) = parse_network({"layers": [{"type": written}]}).faults
    (said,) = objects_in(fault.message)
    assert declared(said).model_dump(include={"type", "activation"}) == {"type": "Activation", "activation": word}


PYTORCH = {
    "losses": "L1Loss MSELoss CrossEntropyLoss NLLLoss PoissonNLLLoss KLDivLoss BCELoss BCEWithLogitsLoss HuberLoss "
    "SmoothL1Loss MultiMarginLoss CosineEmbeddingLoss",
    "optimizers": "Adadelta Adafactor Adagrad Adam AdamW SparseAdam Adamax ASGD NAdam RAdam RMSprop SGD Muon Lion",
    "schedules": "StepLR MultiStepLR ConstantLR LinearLR ExponentialLR PolynomialLR CosineAnnealingLR CyclicLR "
    "OneCycleLR CosineAnnealingWarmRestarts ReduceLROnPlateau",
    "metrics": "Accuracy AUROC AveragePrecision F1Score FBetaScore Precision Recall Specificity JaccardIndex "
    "MeanSquaredError MeanAbsoluteError R2Score PearsonCorrCoef CosineSimilarity",
    "callbacks": "EarlyStopping ModelCheckpoint",
}
"""What PyTorch, torchmetrics and Lightning call them."""


@pytest.mark.parametrize(
    ("family", "word"), [(family, word) for family, said in PYTORCH.items() for word in said.split()]
)
def test_names_of_pytorch_find_their_way(family: str, word: str) -> None:
    adapter, base, *_ = FIELDS[family]
    if word in kinds(base):
        return
    try:
        adapter.validate_python(word if family in NAMED else {"type": word})
    except ValidationError as error:
        (line,) = error.errors(include_url=False)
        sentence = line["ctx"]["sentence"]
        assert "suggestion" in line["ctx"] or objects_in(sentence) or "is not supported. " in sentence, sentence


# --- arguments that siblings have --------------------------------------------------------------------------------

SHARED = (Loss, Metric, Optimizer, Schedule, Callback)
SIBLINGS = [
    (kind, field)
    for family in SHARED
    for kind in kinds(family).values()
    for field in sorted({name for other in kinds(family).values() for name in other.model_fields})
    if field not in kind.model_fields
]


def test_an_argument_of_a_sibling_is_told_whose_it_is() -> None:
    assert len(SIBLINGS) > 500
    for kind, field in SIBLINGS:
        with pytest.raises(ValidationError) as raised:
            kind.model_validate({"type": kind.model_fields["type"].default, field: 1})
        (line,) = [line for line in raised.value.errors(include_url=False) if line["loc"] == (field,)]
        sentence = line["ctx"]["sentence"]
        family = kinds(next(base for base in SHARED if issubclass(kind, base)))
        owners = [name for name, other in family.items() if field in other.model_fields]
        assert any(re.search(rf"\b{owner}\b", sentence) for owner in owners), sentence
        assert line["ctx"].get("suggestion") in {None, *kind.RETIRED} or field in kind.RETIRED


def test_smoothing_on_the_sparse_loss_and_metric_names_the_twin() -> None:
    smoothed = {"type": "SparseCategoricalCrossentropy", "label_smoothing": 0.1}
    for body, pointer in (
        (job(loss=smoothed), "/training/loss/label_smoothing"),
        (job(metrics=[smoothed]), "/training/metrics/0/label_smoothing"),
    ):
        (fault,) = check(body).faults
        assert (fault.pointer, fault.code, fault.suggestion) == (pointer, "not_offered", None)
        assert "`CategoricalCrossentropy`" in fault.message
    twin = {"type": "CategoricalCrossentropy", "label_smoothing": 0.1}
    assert check(job(loss=twin, metrics=[twin])).faults == []


@pytest.mark.parametrize("kind", ["SeparableConv1D", "SeparableConv2D"])
@pytest.mark.parametrize("part", ["initializer", "regularizer", "constraint"])
def test_a_separable_convolution_names_both_halves(kind: str, part: str) -> None:
    layer = {"type": kind, "filters": 1, "kernel_size": 1, f"kernel_{part}": None}
    (fault,) = parse_network({"layers": [layer]}).faults
    assert (fault.code, fault.suggestion) == ("retired_field", None)
    assert f"`depthwise_{part}`" in fault.message
    assert f"`pointwise_{part}`" in fault.message


def test_every_suggestion_for_an_old_name_is_a_field() -> None:
    families = (*SHARED, Layer)
    for kind in [kind for family in families for kind in kinds(family).values()]:
        for old in kind.RETIRED:
            line = kind._unknown_field(old)
            suggestion = line.get("ctx", {}).get("suggestion") or line["type"].context.get("suggestion")  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess]
            assert suggestion is None or suggestion in kind.model_fields


def test_a_callback_as_a_string_is_told_how() -> None:
    (fault,) = check(job(callbacks=["EarlyStopping"])).faults
    assert objects_in(fault.message) == [{"type": "EarlyStopping"}]


@pytest.mark.parametrize(
    ("family", "word", "kind"),
    [
        (family, word, kind)
        for family, names in (("losses", LOSS_NAMES), ("metrics", METRIC_NAMES), ("optimizers", OPTIMIZER_NAMES))
        for word, kind in names.items()
        if word != kind.__name__
    ],
)
def test_a_name_as_a_type_is_told_the_class(family: str, word: str, kind: type[Declared]) -> None:
    with pytest.raises(ValidationError) as raised:
        FIELDS[family][0].validate_python({"type": word})
    (line,) = raised.value.errors(include_url=False)
    assert line["ctx"]["suggestion"] == kind.model_fields["type"].default


@pytest.mark.parametrize(("family", "word"), [("metrics", "accuracy"), ("metrics", "acc"), ("losses", "crossentropy")])
def test_what_keras_chooses_is_no_type(family: str, word: str) -> None:
    with pytest.raises(ValidationError) as raised:
        FIELDS[family][0].validate_python({"type": word})
    (line,) = raised.value.errors(include_url=False)
    assert "suggestion" not in line["ctx"]
    assert f'Write the string "{word}" in place of the object.' in line["ctx"]["sentence"]
