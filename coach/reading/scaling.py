"""Whether a network reads numbers as the data set has them, and how large those are."""

from coach.coached_job import CoachedJob
from coach.reading.kernels import SCALING, NetworkReading
from spec.datasets.choice import dataset_of
from spec.datasets.encodings import OrdinalFeature
from spec.datasets.resolution import ResolvedFeature, resolve
from spec.layers.sequences import Embedding


def reads_raw_numbers(network: NetworkReading, name: str) -> bool:
    """Whether a layer that learns reads an input that no layer has scaled or looked up."""
    place = network.place_of_input(name)
    readers = [index for index in range(len(network.layers)) if place in network.sources(index)]
    return any(network.is_used(index) and not _is_scaled_from(network, index) for index in readers)


def _is_scaled_from(network: NetworkReading, index: int) -> bool:
    """Whether a layer scales what it reads, or only those behind it do, and none that learns is before them."""
    return isinstance(network.layers[index], (*SCALING, Embedding)) or (
        network.is_passing(index)
        and bool(network.readers[index])
        and all(_is_scaled_from(network, reader) for reader in network.readers[index])
    )


def largest_number(job: CoachedJob, name: str) -> float | None:
    """The largest absolute number that the network reads of an input, by the facts of the data set.

    Returns:
        None where it is scaled, or where nothing is known.
    """
    if not job.facts.read:
        return job.facts.unit_maximum if job.facts.scaling == "none" else None
    resolved = resolve(dataset_of(job.spec.dataset), job.facts).inputs
    features = next(
        (one.features for known, one in zip(job.inferred.inputs, resolved, strict=True) if known == name), ()
    )
    sizes = [size for feature in features for size in _sizes(feature)]
    return max(sizes, default=None)


def is_raw(feature: ResolvedFeature) -> bool:
    """Whether numbers of a column go into the network as they are, where there are any of another size."""
    if isinstance(feature.encoding, OrdinalFeature):
        return (feature.column.distinct or 0) > 10  # noqa: PLR2004 -- places up to 10 are of the size of scaled numbers
    sizes = _sizes(feature)
    return feature.scaling == "none" and (not sizes or max(sizes) > 1)


def _sizes(feature: ResolvedFeature) -> list[float]:
    if feature.scaling != "none" or isinstance(feature.encoding, OrdinalFeature):
        return []
    bounds = (feature.column.min, feature.column.max)
    return [abs(float(one)) for one in bounds if isinstance(one, int | float)]
