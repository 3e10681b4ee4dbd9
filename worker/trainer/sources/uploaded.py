"""A data set of a user's, as it came with the order."""

from collections.abc import Mapping
from dataclasses import dataclass

from spec.inputs import InputName
from worker.messages import InputFile
from worker.trainer.failures import DataUnavailable
from worker.trainer.sources.read_form import ReadForm


@dataclass(frozen=True)
class UploadedData:
    """The files of a job's data set.

    Attributes:
        main: Those of the data set.
        validation: Those of the data set that has the validation rows, if it is another one.
    """

    main: ReadForm
    validation: ReadForm | None = None

    @classmethod
    def of(cls, inputs: Mapping[InputName, InputFile]) -> "UploadedData | None":
        """From what came with the order; None where no data set did.

        Raises:
            DataUnavailable: A file is missing of what came.
        """
        columns, facts = inputs.get(InputName.DATASET), inputs.get(InputName.DATASET_FACTS)
        validation = inputs.get(InputName.VALIDATION_DATASET)
        validation_facts = inputs.get(InputName.VALIDATION_DATASET_FACTS)
        if columns is None:
            return None
        if facts is None or (validation is None) != (validation_facts is None):
            raise DataUnavailable("Some files of the data set did not reach this worker.", "/dataset")
        other = None
        if validation is not None and validation_facts is not None:
            other = ReadForm(validation, validation_facts, "/dataset/validation_from")
        return cls(ReadForm(columns, facts), other)

    @property
    def version(self) -> str:
        """The digests of all files."""
        return " ".join(one.version for one in (self.main, self.validation) if one is not None)

    def stamp(self) -> str:
        """What changes whenever its files do: likewise."""
        return self.version
