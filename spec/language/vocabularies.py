"""Words that a spec may use for one kind of thing, and what is said of every other word."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic_core import InitErrorDetails

from spec.language.faults import Location, fault_error
from spec.language.suggestions import nearest

_LONGEST_SHOWN = 100


def _fold(word: str) -> str:
    """A word without what people write in different ways: case, and what stands between its parts."""
    return word.lower().translate({ord(mark): None for mark in "_- "})


@dataclass(frozen=True)
class Vocabulary:
    """What is known beside the words that may be used.

    Attributes:
        noun: What such a thing is called.
        renamed: Other spellings -> the right one, for the suggestion, as ``{"Convolution2D": "Conv2D"}``.
        left_out: Keras's own that are not supported -> why not, and how to get near them, in sentences.
        ways: Words that no single name stands for -> a sentence that says what to write.
    """

    noun: str
    renamed: Mapping[str, str] = field(default_factory=dict[str, str], hash=False, repr=False)
    left_out: Mapping[str, str] = field(default_factory=dict[str, str], hash=False, repr=False)
    ways: Mapping[str, str] = field(default_factory=dict[str, str], hash=False, repr=False)

    @property
    def one(self) -> str:
        """The noun with its article."""
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"

    @property
    def snake(self) -> str:
        """The noun as a part of a code."""
        return self.noun.replace(" ", "_").replace("-", "_")

    def unknown(self, word: object, known: Iterable[str], *, at: Location = ()) -> InitErrorDetails:
        """The fault of a word that is none of ``known``."""
        code = f"unknown_{self.snake}"
        if not isinstance(word, str):
            return fault_error(code, f"The `type` of {self.one} must be a string.", at=at)
        folded = _fold(word)
        is_settled = word in self.renamed or word in self.left_out
        if way := self.ways.get(word) or (None if is_settled else _folded(self.ways).get(folded)):
            return fault_error("needs_object" if "{" in way else code, way, at=at)
        if word in self.left_out:
            sentence = f'"{word}" is not supported. {self.left_out[word]}'
            return fault_error(f"{self.snake}_left_out", sentence, at=at)
        sentence = f'"{word[:_LONGEST_SHOWN]}" is not a known {self.noun}.'
        names = tuple(known)
        renamed = self.renamed.get(word) or _folded(self.renamed).get(folded)
        suggestion = renamed or nearest(word, (*names, *self.left_out))
        if suggestion is not None and suggestion in self.left_out and suggestion not in names:
            # A name that is offered may be close, too: it would stand for another thing.
            return fault_error(code, f'{sentence} "{suggestion}" is not supported. {self.left_out[suggestion]}', at=at)
        return fault_error(code, sentence, at=at, suggestion=suggestion)


def _folded(words: Mapping[str, str]) -> dict[str, str]:
    return {_fold(word): meant for word, meant in words.items()}
