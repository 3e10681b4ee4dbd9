"""What results tell of the rows that were held back, as the OpenAPI document shows it."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from api.answers.documents import Document

_UNCLASSIFIED = (
    "The number of rows for which the network gave no answer, because an output was NaN{more}. They count as wrong."
)


class _Scores(Document):
    """How well a class or label is found. Where nothing can be counted, a score is 0, as in scikit-learn."""

    precision: float = Field(description="The fraction of the rows that were predicted to have it and do have it.")
    recall: float = Field(description="The fraction of the rows that have it for which it was predicted.")
    f1: float = Field(description="The harmonic mean of precision and recall.")
    support: int = Field(description="The number of rows that have it.")


class ClassScoresDocument(_Scores):
    """How well the rows of a class are recognized."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    class_: str = Field(alias="class", description="The name of the class.")


class LabelScoresDocument(_Scores):
    """How well a label is recognized."""

    label: str = Field(description="The name of the label.")


class ClassesBaselineDocument(Document):
    """What a guess without a network achieves: always the class that is the most common in the training rows."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    class_: str = Field(alias="class", description="The most common class of the training rows.")
    accuracy: float


class LabelsBaselineDocument(Document):
    """What a guess without a network achieves: always the labels that more than half of the training rows have."""

    labels: list[str]
    exact_match: float


class NumbersBaselineDocument(Document):
    """What a guess without a network achieves: always the mean of the training rows."""

    mean: float | list[float] = Field(description="The mean, or a list of them if each row has several numbers.")
    mean_absolute_error: float | None


class _EvaluationDocument(Document):
    """What was counted over some rows, each of them once."""

    rows: int = Field(description="The number of rows.")


class ClassesEvaluationDocument(_EvaluationDocument):
    """Predicted classes compared with the true ones."""

    target: Literal["classes"]
    unclassified_rows: int = Field(
        description=_UNCLASSIFIED.format(more=" or the largest one belongs to none of the classes")
    )
    accuracy: float = Field(description="The fraction of the rows whose class is right.")
    macro_f1: float = Field(description="The mean F1 of all classes that occur among the rows or the predictions.")
    classes: list[str] = Field(
        description="The classes that follow, in their order: all of them or, if there are more than 100, those with "
        "the most rows."
    )
    classes_left_out: int = Field(description="The number of classes that do not follow.")
    confusion_matrix: list[list[int]] = Field(
        description="The number of rows by their true class (from top to bottom) and predicted class (from left to "
        "right), both in the order of `classes`."
    )
    by_class: list[ClassScoresDocument]
    baseline: ClassesBaselineDocument


class LabelsEvaluationDocument(_EvaluationDocument):
    """Predicted labels compared with the true ones."""

    target: Literal["labels"]
    unclassified_rows: int = Field(description=_UNCLASSIFIED.format(more=""))
    exact_match: float = Field(description="The fraction of the rows whose labels are all right.")
    macro_f1: float = Field(description="The mean F1 of all labels that occur among the rows or the predictions.")
    labels_left_out: int = Field(
        description="The number of labels that do not follow: if there are more than 100, those with the fewest rows."
    )
    by_label: list[LabelScoresDocument]
    baseline: LabelsBaselineDocument


class NumbersEvaluationDocument(_EvaluationDocument):
    """Predicted numbers compared with the true ones."""

    target: Literal["number"]
    non_finite_rows: int = Field(
        description="The number of rows for which the network gave no finite number. They are left out below."
    )
    r2: float | None = Field(description="R², the coefficient of determination, or `null` if there are too few rows.")
    mean_absolute_error: float | None
    residual_quantiles: dict[str, float] | None = Field(
        description="The quantiles of the residuals (true number minus prediction) from `0`, the least, to `1`, the "
        "greatest."
    )
    residuals_counted: int = Field(
        description="The number of residuals that the quantiles are of. If there are more than a million, every "
        "second, third and so on is used."
    )
    baseline: NumbersBaselineDocument


Evaluated = Annotated[
    ClassesEvaluationDocument | LabelsEvaluationDocument | NumbersEvaluationDocument, Field(discriminator="target")
]


class EvaluationDocument(Document):
    """How the stored weights do on the rows that were held back from the training."""

    validation: Evaluated | None = Field(
        description="On the validation rows, or `null` if the job has no validation rows."
    )
    test: Evaluated | None = Field(description="On the test rows, or `null` if the job has no test rows.")


class BalancedReferenceDocument(Document):
    """The mean recall of the classes, which does not depend on how many rows each of them has."""

    guess: float
    models: dict[str, float] = Field(description="The score of each model.")


class ReferenceDocument(Document):
    """What simple models achieve on at most 5,000 training rows of the job, as a measure of what is possible."""

    metric: Literal["accuracy", "exact_match", "r2"] = Field(
        description="What the scores are, defined as in `evaluation`."
    )
    guess: float = Field(description="What a guess achieves: the most common class, the usual labels, or the mean.")
    models: dict[str, float] = Field(
        description="The score of each model: `logistic_regression` for classes or else `ridge_regression`, "
        "`nearest_neighbors` and `gradient_boosting`. A model that does not suit the rows, or for which there was no "
        "time, is missing.",
        examples=[{"logistic_regression": 0.93, "nearest_neighbors": 0.96, "gradient_boosting": 0.91}],
    )
    balanced: BalancedReferenceDocument | None = Field(
        description="The balanced accuracy of the guess and of the models, or `null` if the target has no classes."
    )
    train_rows: int = Field(description="The number of rows that the models learned from.")
    rows: int = Field(description="The number of rows that the scores are of, at most 5,000.")
    has_validation: bool = Field(
        description="Whether these are validation rows. Without any, a fifth of the training rows is set apart."
    )
    seconds: float = Field(description="The processor time that was spent.")
    sentence: str = Field(
        description="The comparison in words.",
        examples=[
            "Validation accuracy 0.41; always guessing the commonest class gives 0.10, a logistic regression 0.93."
        ],
    )
