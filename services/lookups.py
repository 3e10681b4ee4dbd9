"""All that the check of a body must know of what it names: looked up ahead, since a check waits for nothing."""

from dataclasses import dataclass

from services.actors import Actor
from services.context import ServiceContext
from services.dataset_facts import datasets_named_in
from services.weights import weights_named_in
from spec.datasets.facts import FactsOf
from spec.weights.stored import WeightsOf, no_weights


@dataclass(frozen=True, slots=True)
class Lookups:
    """What was found.

    Attributes:
        facts_of: Finds a data set's facts.
        weights_of: Finds the facts of weights that a training can begin with.
        texts: JSON texts that the check reads beside the body: it is as much work as if they were in it.
    """

    facts_of: FactsOf
    weights_of: WeightsOf = no_weights
    texts: tuple[str, ...] = ()


async def look_up(context: ServiceContext, actor: Actor, body: object) -> Lookups:
    """What the check of a body needs, whatever else is wrong with it.

    Args:
        context: What services work with.
        actor: Who sent it.
        body: A job spec, or another body with a ``dataset`` or a ``training``, as JSON gives it.

    Raises:
        DatasetNotReady: If it names a data set that is being read, or could not be read.
        DatabaseUnavailable: If something has to be read from the database, and it does not answer.
    """
    datasets = await datasets_named_in(context.database, actor, body)
    weights = await weights_named_in(context.database, actor, body)
    return Lookups(datasets.facts_of, weights.weights_of, (*datasets.texts, *weights.texts))
