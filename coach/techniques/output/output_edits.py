"""How the end of a network is changed."""

from coach.coached_job import CoachedJob
from coach.reading.activations import ACTIVATION_LAYERS
from coach.reading.draft import Draft
from coach.reading.kernels import Kernel, NetworkReading
from coach.reading.outputs import LINEAR
from coach.techniques.activations.changed_activation import name_activations

NO_KERNEL = "The output is not made by a layer whose activation could be changed."
UNIT_FIELDS = ("units", "filters")


def can_resize(output: Kernel | None) -> bool:
    """Whether the number of outputs is that of the layer that makes them."""
    return output is not None and not output.behind and any(hasattr(output.layer, field) for field in UNIT_FIELDS)


def resize(draft: Draft, output: Kernel, units: int) -> None:
    """Another number of outputs."""
    field = next(field for field in UNIT_FIELDS if hasattr(output.layer, field))
    draft.put([output.index], field, units)


def activate(draft: Draft, job: CoachedJob, output: Kernel, name: str) -> None:
    """Another activation for the output, or none."""
    network = NetworkReading(job)
    last = len(network.layers) - 1
    if name != LINEAR:
        if output.activation is None and output.index != last:
            draft.insert_after(last, {"type": "Activation", "activation": name})
        else:
            name_activations(draft, network, [output], name)
    elif output.has_own_activation:
        draft.clear([output.index], "activation")
    elif isinstance(network.layers[output.activated_at], ACTIVATION_LAYERS):
        draft.exchange(output.activated_at, {"type": "Activation", "activation": LINEAR})
