"""What a training and the rows of a user's data set must agree on, and what is doubtful about both together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from spec.datasets.choice import DatasetSpec
from spec.datasets.encodings import HashedFeature, OneHotFeature
from spec.datasets.facts import DatasetFacts
from spec.datasets.resolution import encoding_of
from spec.datasets.rules.naming import column_of, place_of_column, said_features
from spec.language.faults import MOST_FAULTS, Advice, Fault, Location, pointer

_VERY_UNEQUAL = 10
"""So many times as many rows as the rarest class has, the commonest can have without a word about it."""


@dataclass(frozen=True)
class OwnRows:
    """The rules of rows of a user's data set.

    Attributes:
        dataset: What is asked of the data set.
        whole: What is known of all of it.
        facts: Of it, as the job uses it.
        validation_split: The training's own.
        class_weight: The training's own.
    """

    dataset: DatasetSpec
    whole: DatasetFacts
    facts: DatasetFacts
    validation_split: float
    class_weight: Mapping[str, float] | str | None

    def told(self) -> Iterator[Fault | Advice]:
        """Whatever is wrong or doubtful."""
        if not self.facts.read:
            return
        if self.dataset.sample_weight is not None and self.class_weight is not None:
            sentence = (
                "The rows have weights by the `sample_weight` of the data set, and cannot be weighted by their "
                "classes, too. Remove one of the two."
            )
            yield Fault(pointer="/training/class_weight", message=sentence, code="weights_twice")
        yield from self._sorted()
        yield from self._unequal()
        yield from islice(self._ids(), MOST_FAULTS)

    def _sorted(self) -> Iterator[Advice]:
        split = self.dataset.split
        is_unshuffled = split is not None and bool(split.validation) and split.way is None and split.seed is None
        target = next((column for column in self.facts.read if column.name == self.facts.target_column), None)
        if target is None or not target.is_sorted or not (self.validation_split or is_unshuffled):
            return
        at: Location = ("training", "validation_split") if self.validation_split else ("dataset", "split")
        sentence = (
            f'The rows are sorted by "{target.name}", and the last ones validate, whose targets differ from those that '
            'are trained on. Shuffle them, as in "split": {"validation": 0.1, "seed": 1} of the data set.'
        )
        yield Advice(pointer=pointer(at), message=sentence, code="sorted_target")

    def _unequal(self) -> Iterator[Advice]:
        target = next((column for column in self.facts.read if column.name == self.facts.target_column), None)
        if self.facts.classes is None or target is None or target.counts is None:
            return
        most, least = (choose(target.counts, key=lambda one: one.count) for choose in (max, min))
        is_weighted = self.class_weight is not None or self.dataset.sample_weight is not None
        if not is_weighted and most.count > _VERY_UNEQUAL * least.count:
            sentence = (
                f'The class "{most.value}" has {most.count / least.count:,.0f} times as many rows as "{least.value}", '
                'which a network can learn to ignore. Set `class_weight` to "balanced".'
            )
            yield Advice(pointer="/dataset", message=sentence, code="unequal_classes")

    def _ids(self) -> Iterator[Advice]:
        by_name = {column.name: column for column in self.facts.read}
        for _, features in said_features(self.dataset, self.facts):
            for at, said in features:
                column = by_name[column_of(said)]
                is_place = isinstance(encoding_of(said, column), OneHotFeature | HashedFeature)
                if is_place and column.distinct is not None and 1 < column.distinct == self.whole.rows - column.missing:
                    sentence = (
                        f'All values of "{column.name}" are different, as in a column of ids, so nothing can be '
                        "learned from it about other rows. Leave it out."
                    )
                    yield Advice(pointer=pointer(place_of_column(at, said)), message=sentence, code="id_feature")
