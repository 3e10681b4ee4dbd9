"""The declaration of a callback that hears of everything: to be imported ahead of the spec of a training."""

from typing import ClassVar, Literal

from spec.training.callbacks import Callback

NEVER = 1_000_000
"""More calls than any training makes."""


class Hearing(Callback):
    """Hears of everything, and asks for the end after so many calls."""

    type: Literal["Hearing"] = "Hearing"
    last_call: int = NEVER

    STATE: ClassVar[tuple[str, ...]] = ("calls", "is_averaging")
