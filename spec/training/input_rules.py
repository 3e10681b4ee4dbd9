"""What a network should know of the rows that it reads: numbers that stand for words, and numbers that are scaled."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spec.datasets.augmentation import AUGMENT, layers_by_input
from spec.datasets.choice import DatasetSpec
from spec.datasets.encodings import OrdinalFeature, TokensFeature
from spec.datasets.facts import DatasetFacts
from spec.datasets.resolution import ResolvedFeature, resolve
from spec.language.faults import Advice, Location, pointer
from spec.layers.reshaping import Flatten, Identity, Permute, Reshape
from spec.layers.sequences import Embedding
from spec.networks.inference import Inferred, place_of

_MOVING = (Flatten, Identity, Permute, Reshape)
"""Layers that leave every number as it is."""


@dataclass(frozen=True, slots=True)
class Values:
    """What the numbers of an input are.

    Attributes:
        is_scaled: Whether some of them are scaled.
        count: How many different whole numbers there can be, from 0; None where that is not known.
        are_words: Whether they stand for the words of a text.
    """

    is_scaled: bool
    count: int | None = None
    are_words: bool = False


def embedded_values(inferred: Inferred, dataset: DatasetSpec, facts: DatasetFacts) -> Iterator[Advice]:
    """Embeddings that have no vector for what the data set gives them.

    Args:
        inferred: The network.
        dataset: What the job says of its data set.
        facts: Of the whole data set.
    """
    values = _values(dataset, facts)
    for index, layer in enumerate(inferred.layers):
        if not isinstance(layer, Embedding):
            continue
        read = values.get(_input_read(inferred, index) or "")
        if read is None:
            continue
        if read.is_scaled:
            sentence = (
                "An `Embedding` cuts its input to whole numbers, and the data set scales the numbers that it reads. "
                'Set the `scaling` of the data set to "none".'
            )
            yield _advice(("layers", index), sentence, "embedding_of_scaled_numbers")
        elif read.count is not None and layer.input_dim < read.count:
            way = f"Set `input_dim` to {read.count:,}"
            way += f", or `max_tokens` of the column to {layer.input_dim:,}." if read.are_words else "."
            sentence = (
                f"The rows can have whole numbers up to {read.count - 1:,}, and this layer only has vectors for those "
                f"below {layer.input_dim:,}. On a CPU, any other number ends the training. {way}"
            )
            yield _advice(place_of(layer, index, "input_dim"), sentence, "embedding_too_small")


def augmented_words(dataset: DatasetSpec, facts: DatasetFacts) -> Iterator[Advice]:
    """Noise upon numbers that stand for words.

    Args:
        dataset: What the job says of its data set.
        facts: Of the whole data set.
    """
    values = _values(dataset, facts)
    for name, layers in layers_by_input(dataset).items():
        read = values.get(name) or next(iter(values.values()))
        for index, layer in enumerate(layers if read.are_words else ()):
            sentence = (
                f"The rows are numbers that stand for words, and `{layer.type}` makes other numbers of them. Put a "
                "`Dropout` or a `SpatialDropout1D` after the `Embedding` of the network instead."
            )
            at: Location = (*AUGMENT, *([name] if name else []), index)
            yield Advice(pointer=pointer(at), message=sentence, code="augmented_words")


def _advice(at: Location, sentence: str, code: str) -> Advice:
    return Advice(pointer=pointer(("network", *at)), message=sentence, code=code)


def _input_read(inferred: Inferred, index: int) -> str | None:
    """The input whose numbers a layer reads as they are; None where they have been computed with, or are of several."""
    while index >= 0:
        sources = inferred.wiring.sources[index] or ()
        if len(sources) != 1 or (sources[0] >= 0 and not isinstance(inferred.layers[sources[0]], _MOVING)):
            return None
        index = sources[0]
    return inferred.wiring.input_name(index)


def _values(dataset: DatasetSpec, facts: DatasetFacts) -> Mapping[str, Values]:
    """What the numbers of each input are, by its name."""
    if not facts.read:
        return {"input": Values((dataset.scaling or facts.scaling) != "none")}
    found: dict[str, Values] = {}
    for one in resolve(dataset, facts).inputs:
        counts = [_count(feature) for feature in one.features]
        found[one.name or "input"] = Values(
            is_scaled=any(feature.scaling not in {None, "none"} for feature in one.features),
            count=None if None in counts else max(count or 0 for count in counts),
            are_words=isinstance(one.features[0].encoding, TokensFeature),
        )
    return found


def _count(feature: ResolvedFeature) -> int | None:
    """How many different whole numbers a column can become, at least; None where they are none, or it is not known."""
    if isinstance(feature.encoding, TokensFeature):
        return feature.encoding.max_tokens
    if isinstance(feature.encoding, OrdinalFeature):
        return feature.column.distinct
    most = feature.column.max if feature.scaling == "none" else None
    return None if not isinstance(most, int | float) else math.floor(most) + 1
