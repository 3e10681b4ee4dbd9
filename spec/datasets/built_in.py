"""The data sets that are always there. Nobody else knows of them: who needs facts asks `FactsOf`."""

from collections.abc import Mapping

from spec.datasets.facts import DatasetFacts, FactsOf
from spec.datasets.synthetic import CHANNELS, FORMS, LONGEST_REVIEW, OPINIONS, REVIEWS, STEPS, WAVEFORMS


def _images(name: str, rows: tuple[int, int], shape: tuple[int, ...], classes: int, maximum: int) -> DatasetFacts:
    return DatasetFacts(
        name=name,
        rows=rows[0],
        test_rows=rows[1],
        input_shape=shape,
        target="classes",
        classes=classes,
        scaling="unit",
        unit_maximum=maximum,
    )


def _table(name: str, rows: int, columns: tuple[str, ...], classes: int | None) -> DatasetFacts:
    return DatasetFacts(
        name=name,
        rows=rows,
        input_shape=(len(columns),),
        target="number" if classes is None else "classes",
        classes=classes,
        columns=columns,
        target_column="target",
        scaling="standard",
    )


def _synthetic(name: str, shape: tuple[int, ...], classes: tuple[str, ...]) -> DatasetFacts:
    """Rows of numbers that need no scaling, some to train on and some to test with."""
    return DatasetFacts(
        name=name,
        rows=4_000,
        test_rows=1_000,
        input_shape=shape,
        target="classes",
        classes=len(classes),
        scaling="none",
    )


_IRIS = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
_WINE = (
    "alcohol",
    "malic_acid",
    "ash",
    "alcalinity_of_ash",
    "magnesium",
    "total_phenols",
    "flavanoids",
    "nonflavanoid_phenols",
    "proanthocyanins",
    "color_intensity",
    "hue",
    "od280/od315_of_diluted_wines",
    "proline",
)
_CELL = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)
_BREAST_CANCER = tuple(pattern.format(part) for pattern in ("mean {}", "{} error", "worst {}") for part in _CELL)
_DIABETES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")
CALIFORNIA_COLUMNS = (
    "longitude",
    "latitude",
    "housing_median_age",
    "total_rooms",
    "total_bedrooms",
    "population",
    "households",
    "median_income",
)
"""As the data set's authors order them; the file that Keras loads names none."""

BUILT_IN: Mapping[str, DatasetFacts] = {
    facts.name: facts
    for facts in (
        _images("digits", (1_797, 0), (8, 8), 10, 16),
        _images("mnist", (60_000, 10_000), (28, 28), 10, 255),
        _images("fashion_mnist", (60_000, 10_000), (28, 28), 10, 255),
        _images("cifar10", (50_000, 10_000), (32, 32, 3), 10, 255),
        _images("cifar100", (50_000, 10_000), (32, 32, 3), 100, 255),
        _table("iris", 150, _IRIS, 3),
        _table("wine", 178, _WINE, 3),
        _table("breast_cancer", 569, _BREAST_CANCER, 2),
        _table("diabetes", 442, _DIABETES, None),
        _table("california_housing", 20_640, CALIFORNIA_COLUMNS, None),
        _synthetic(WAVEFORMS, (STEPS, CHANNELS), FORMS),
        _synthetic(REVIEWS, (LONGEST_REVIEW,), OPINIONS),
    )
}
"""The data sets that are always there. Tables stand in the order ``numpy.random.default_rng(0).permutation(rows)``."""


def built_in_facts(name: str) -> DatasetFacts | None:
    """The facts of a built-in data set; None if there is none of that name."""
    return BUILT_IN.get(name)


def built_in_data_sets() -> tuple[DatasetFacts, ...]:
    """All of them, in the order they are listed in."""
    return tuple(BUILT_IN.values())


def offered(facts_of: FactsOf) -> list[str]:
    """The names of those that ``facts_of`` knows too: what may be named instead of a data set that is none."""
    return [name for name in BUILT_IN if facts_of(name) is not None]
