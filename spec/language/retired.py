"""Names that a field had, or has elsewhere: what is said of each, and which field of a spec is meant."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Retired:
    """What is said of a name that is no field.

    Attributes:
        text: Sentences; ``{name}`` stands for the name. They do not name ``field``, which the suggestion does.
        field: The field that is meant; None where there is no single one.
    """

    text: str
    field: str | None = None

    def sentence(self, name: str) -> str:
        """What is said where the name was sent."""
        return self.text.replace("{name}", name)


def formerly(field: str) -> Retired:
    """A name that older Kerases had for a field."""
    return Retired('"{name}" is an old name of this field.', field)


def called(field: str) -> Retired:
    """A name that others, or people, have for a field."""
    return Retired('"{name}" has a different name here.', field)


def superfluous(reason: str) -> Retired:
    """A field that has no counterpart, and needs none: a sentence says why."""
    return Retired(f"{reason} Leave `{{name}}` out.")
