"""How the end of a network is changed."""

from coach.reading.activations import ACTIVATION_LAYERS
from coach.reading.draft import Draft
from coach.reading.kernels import Kernel, NetworkReading
from coach.reading.outputs import LINEAR, OutputReading
from spec.layers.activation import Activation

NO_KERNEL = "The output is not made by a layer whose activation could be changed."
NO_WIDTH = "The number of outputs is not that of the layer that makes them, so it cannot change."
UNIT_FIELDS = ("units", "filters")


def can_resize(output: Kernel | None) -> bool:
    """Whether the number of outputs is that of the layer that makes them."""
    return output is not None and not output.behind and any(hasattr(output.layer, field) for field in UNIT_FIELDS)


def resize(draft: Draft, output: Kernel, units: int) -> None:
    """Another number of outputs."""
    field = next(field for field in UNIT_FIELDS if hasattr(output.layer, field))
    draft.put([output.index], field, units)


def activate(draft: Draft, output: OutputReading, name: str) -> None:
    """Another activation for the output, or none.

    Args:
        draft: Of the job.
        output: Of the job; a layer with a kernel makes it.
        name: Of the activation.
    """
    network = output.network
    if name == LINEAR:
        for index in output.activations:
            _deactivate(draft, network, index)
        return
    last = len(network.layers) - 1
    place = next(reversed(output.activations), last)
    layer = network.layers[place]
    if isinstance(layer, ACTIVATION_LAYERS) and not isinstance(layer, Activation):
        draft.exchange(place, {"type": "Activation", "activation": name})
    elif "activation" in type(layer).model_fields:
        draft.put([place], "activation", name)
    else:
        draft.insert_after(last, {"type": "Activation", "activation": name})


def _deactivate(draft: Draft, network: NetworkReading, index: int) -> None:
    if not isinstance(network.layers[index], ACTIVATION_LAYERS):
        draft.clear([index], "activation")
    elif network.sources(index) == (index - 1,):
        draft.remove(index)
    else:
        draft.exchange(index, {"type": "Activation", "activation": LINEAR})
