"""Data sets that no file holds: trainers make them by formulas, the same bits everywhere. Here is what they mean."""

from typing import NamedTuple

WAVEFORMS = "synthetic_waveforms"
REVIEWS = "synthetic_reviews"

STEPS = 64
"""Of a series of waveforms."""
CHANNELS = 2
"""Of a series of waveforms: the same form twice, at another place and of another size."""
FORMS = ("round", "square", "rising", "falling", "pulses")
"""The classes of the waveforms. ``round`` is close to a sine; ``rising`` and ``falling`` are sawteeth."""

LONGEST_REVIEW = 24
"""In words; 0 stands after those of a shorter one."""
OPINIONS = ("negative", "positive")
"""The classes of the reviews."""


class Words(NamedTuple):
    """The words of the reviews by what they do in a sentence."""

    openings: tuple[tuple[str, ...], ...] = (
        (),
        (),
        ("honestly",),
        ("i", "think"),
        ("last", "night", "we", "agreed"),
        ("after", "all", "i", "read"),
        ("my", "friends", "say"),
    )
    subjects: tuple[str, ...] = (
        "film",
        "plot",
        "music",
        "acting",
        "cast",
        "ending",
        "story",
        "dialogue",
        "camera",
        "sound",
        "beginning",
        "humour",
    )
    negations: tuple[tuple[str, ...], ...] = (("not",), ("never",), ("hardly",), ("by", "no", "means"))
    degrees: tuple[tuple[str, ...], ...] = ((), (), ("very",), ("really",), ("quite",), ("so",))
    praise: tuple[str, ...] = (
        "good",
        "great",
        "brilliant",
        "moving",
        "clever",
        "charming",
        "fresh",
        "gripping",
        "lovely",
        "fine",
    )
    blame: tuple[str, ...] = (
        "bad",
        "awful",
        "boring",
        "dull",
        "silly",
        "clumsy",
        "stale",
        "tedious",
        "ugly",
        "weak",
    )
    closings: tuple[tuple[str, ...], ...] = ((), (), ("in", "the", "end"), ("to", "me"), ("as", "everybody", "knows"))
    connectives: tuple[str, ...] = ("and", "but", "although")
    others: tuple[str, ...] = ("the", "was")

    def all(self) -> tuple[str, ...]:
        """Each of them once, in the order of their numbers: the first has the number 1."""
        pieces = (*self.openings, *self.negations, *self.degrees, *self.closings)
        singles = (*self.others, *self.connectives, *self.subjects, *self.praise, *self.blame)
        return tuple(dict.fromkeys((*singles, *(word for piece in pieces for word in piece))))


WORDS = Words()
REVIEW_WORDS = WORDS.all()
"""The vocabulary of the reviews: a number of a review, less 1, is a place in it."""

MEANINGS: dict[str, dict[str, tuple[str, ...]]] = {
    WAVEFORMS: {"class_names": FORMS},
    REVIEWS: {"class_names": OPINIONS, "words": ("", *REVIEW_WORDS)},
}
"""What the catalog adds: the names of the classes in order, and the word of each whole number, none for 0."""
