"""Which hidden layers have nothing that normalizes them."""

from coach.reading.kernels import Kernel, NetworkReading
from coach.techniques.activations.changed_activation import with_activations

SECTION = "Batch Normalization"
SOURCE = "Ioffe and Szegedy (2015), Batch normalization: accelerating deep network training"
NOTHING = "There is no hidden layer with an activation that is not normalized already."


def unnormalized(network: NetworkReading) -> list[Kernel]:
    """The hidden layers with an activation of each unit, and no normalization before the next layer that learns."""
    return [one for one in with_activations(network, lambda name: name != "softmax") if one.normalized_at is None]
