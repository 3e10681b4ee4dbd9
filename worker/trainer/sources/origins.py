"""What is known of a job's data set, and which source its rows come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from spec.datasets.built_in import built_in_facts
from spec.datasets.facts import DatasetFacts
from spec.inputs import InputName
from worker.messages import InputFile
from worker.trainer.failures import DataUnavailable
from worker.trainer.sources.built_in import SOURCES
from worker.trainer.sources.rows import RawRows
from worker.trainer.sources.source import Source
from worker.trainer.sources.uploaded import UploadedData

_NOTHING: Mapping[InputName, InputFile] = {}


@dataclass(frozen=True)
class Origin:
    """A data set as a trainer gets it.

    Attributes:
        facts: Of the whole data set.
        source: Where its rows come from; a user's own come in files.
    """

    facts: DatasetFacts
    source: Source | UploadedData

    def load(self) -> RawRows:
        """The rows of a built-in one.

        Raises:
            DataUnavailable: Its files are neither here nor to be had, or are damaged.
        """
        try:
            return cast("Source", self.source).load()
        except DataUnavailable:
            raise
        except Exception as error:
            # Keras raises a bare Exception for a download that failed; gzip and NumPy each their own for bad files.
            raise DataUnavailable(
                f'The files of the data set "{self.facts.name}" are missing or damaged on this worker, and could not '
                f"be downloaded (`{type(error).__name__}`).",
                "/dataset",
            ) from error


def origin_of(
    name: str, facts: Mapping[str, object] | None = None, inputs: Mapping[InputName, InputFile] = _NOTHING
) -> Origin:
    """A data set by its name.

    Args:
        name: Of it.
        facts: What came with the order; a job that is older than that is on a built-in data set.
        inputs: The files that came with the order. Without one of a data set, the rows are those of a built-in one.

    Raises:
        DataUnavailable: There is no such data set.
    """
    known = built_in_facts(name) if facts is None else DatasetFacts.model_validate(facts)
    source = UploadedData.of(inputs) or SOURCES.get(name)
    if known is None or source is None:
        raise DataUnavailable(f'"{name}" is not a known data set.', "/dataset")
    return Origin(known, source)
