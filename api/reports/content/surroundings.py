"""What the numbers depend on beside the spec."""

from collections.abc import Iterator

from api.reports.known import Known, part
from api.reports.writing.blocks import Block, Facts, Heading, Said


def surroundings(known: Known) -> Iterator[Block]:
    """Versions and devices, as the trainer told them."""
    told = part(known.results, "environment")
    if not told:
        return
    yield Heading("Environment")
    yield Facts([(name.replace("_", " ").capitalize(), Said(str(value))) for name, value in told.items()])
