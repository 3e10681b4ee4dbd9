"""How the rows of a data set are split, where a job says so."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from spec.language.declared import Section, rule
from spec.language.faults import fault_error, raise_faults
from spec.language.retired import Retired, called
from spec.networks.sizes import Seed


class SplitSpec(Section):
    """How the rows are split: first the training rows, then the validation rows, then the test rows.

    Attributes:
        validation: The fraction of rows for validation, rounded to the nearest number of rows.
        test: The fraction of rows for the ``test_…`` metrics, rounded to the nearest number of rows.
        seed: If given, the rows are first put in the order ``numpy.random.default_rng(seed).permutation(rows)``.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        "validation_split": called("validation"),
        "train": Retired("All rows that are in neither `validation` nor `test` are trained on. Leave `{name}` out."),
    }

    validation: Annotated[float, Field(ge=0, lt=1)] = 0.0
    test: Annotated[float, Field(ge=0, lt=1)] = 0.0
    seed: Seed | None = None

    @rule
    def _check_rest(self) -> None:
        if self.validation + self.test >= 1:
            raise_faults(
                [
                    fault_error(
                        "out_of_range",
                        "`validation` and `test` leave no rows to train on. Their sum must be less than 1.",
                    )
                ]
            )
