"""What the stored weights get right and wrong, and what the service warned of."""

from collections.abc import Iterator, Sequence
from typing import Any

from api.reports.known import Document, Known, members, part
from api.reports.writing.blocks import Block, Facts, Heading, Paragraph, Said, Table
from api.reports.writing.numbers import count, counted, number

MOST_CLASSES = 20
"""Of a confusion matrix that is shown; of more classes, the most common confusions are."""
_MOST_CONFUSIONS = 20
_MOST_LABELS = 50
_MOST_WARNINGS = 20
_PARTS = {"validation": "Validation rows", "test": "Test rows"}


def evaluation(known: Known) -> Iterator[Block]:
    """A part for the validation rows and one for the test rows, and warnings."""
    told = part(known.results, "evaluation")
    parts = [(title, part(told, name)) for name, title in _PARTS.items() if part(told, name)]
    if parts:
        yield Heading("Evaluation of the stored weights")
    for title, one in parts:
        yield from _part(title, one)
    yield from _warnings(known)


def _part(title: str, told: Document) -> Iterator[Block]:
    match told["target"]:
        case "classes":
            yield Paragraph(
                f"{title}: {counted(told['rows'], 'row')}, accuracy {number(told['accuracy'])}, macro F1 "
                f"{number(told['macro_f1'])}. Always guessing the most common class of the training rows gives "
                f"{number(told['baseline']['accuracy'])}."
            )
            yield _matrix(title, told) if len(told["classes"]) <= MOST_CLASSES else _confusions(title, told)
        case "labels":
            yield Paragraph(
                f"{title}: {counted(told['rows'], 'row')}, exact match {number(told['exact_match'])}, macro F1 "
                f"{number(told['macro_f1'])}. The most common labels alone give "
                f"{number(told['baseline']['exact_match'])}."
            )
            yield _scores(told["by_label"][:_MOST_LABELS])
        case _:
            yield from _numbers(title, told)


def _matrix(title: str, told: Document) -> Table:
    matrix: Sequence[Sequence[int]] = told["confusion_matrix"]
    scores: Sequence[Document] = told["by_class"]
    rows = [
        [Said(name), *map(count, counts), number(score["recall"])]
        for name, counts, score in zip(told["classes"], matrix, scores, strict=False)
    ]
    shades = [[*(number / max(sum(counts), 1) for number in counts), 0.0] for counts in matrix]
    head = ["True class", *map(Said, told["classes"]), "Recall"]
    return Table(head, rows, f"{title} by true class (down) and predicted class (across).", shades)


def _confusions(title: str, told: Document) -> Table:
    names: Sequence[str] = told["classes"]
    found = [
        (number, true, predicted)
        for true, counts in enumerate(told["confusion_matrix"])
        for predicted, number in enumerate(counts)
        if number and true != predicted
    ]
    rows = [
        [Said(names[true]), Said(names[predicted]), count(number)]
        for number, true, predicted in sorted(found, key=lambda one: (-one[0], one[1:]))[:_MOST_CONFUSIONS]
    ]
    return Table(["True class", "Predicted class", "Rows"], rows, f"{title}: the most common confusions.")


def _scores(scores: Sequence[Document]) -> Table:
    names = ("precision", "recall", "f1")
    rows = [[Said(one["label"]), *(number(one[name]) for name in names), count(one["support"])] for one in scores]
    return Table(["Label", "Precision", "Recall", "F1", "Rows"], rows)


def _numbers(title: str, told: Document) -> Iterator[Block]:
    yield Paragraph(f"{title}: {counted(told['rows'], 'row')}.")
    quantiles = part(told, "residual_quantiles")
    yield Facts(
        [
            ("R²", number(told.get("r2"))),
            ("Mean absolute error", number(told.get("mean_absolute_error"))),
            ("The same of the mean", number(told["baseline"].get("mean_absolute_error"))),
            *((f"Residuals, quantile {share}", number(value)) for share, value in quantiles.items()),
        ]
    )


def _warnings(known: Known) -> Iterator[Block]:
    data, network = (members(part(known.results, name), "warnings") for name in ("data", "model_summary"))
    texts = [_text(warning) for warning in [*data, *network]]
    if not texts:
        return
    yield Heading("Warnings")
    for text in texts[:_MOST_WARNINGS]:
        yield Paragraph(text, "notice")


def _text(warning: Any) -> str:  # noqa: ANN401 -- a sentence, or an object that has one
    return warning if isinstance(warning, str) else str(warning["message"])
