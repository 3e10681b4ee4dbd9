"""What is known of the data sets that a body names: looked up before it is checked, since a check waits for nothing."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from services.actors import Actor
from spec.datasets.built_in import built_in_facts
from spec.datasets.choice import names_in
from spec.datasets.facts import FactsOf

FindFacts: TypeAlias = Callable[[Actor, frozenset[str]], Awaitable[FactsOf]]
"""Looks up the data sets of these names that somebody may use."""


async def find_built_in(actor: Actor, names: frozenset[str]) -> FactsOf:
    """Those that are always there, for anybody; nothing has to be read for them."""
    del actor, names
    return built_in_facts


async def facts_named_in(find: FindFacts, actor: Actor, body: object) -> FactsOf:
    """The facts that the check of a body needs, whatever else is wrong with it.

    Args:
        find: Looks them up (`services.context.ServiceContext.find_facts`).
        actor: Who sent it.
        body: A job spec, or another body with a ``dataset``, as JSON gives it.

    Raises:
        DatabaseUnavailable: If they have to be read from the database, and it does not answer.
    """
    return await find(actor, names_in(body))
