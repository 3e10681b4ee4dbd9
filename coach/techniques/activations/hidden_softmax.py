"""No softmax but the last one."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.activations import ACTIVATION_LAYERS, EXCLUSIVE, activation_name
from coach.reading.draft import Draft
from coach.reading.kernels import NetworkReading
from coach.reading.words import capitalized, layers_called
from coach.techniques.activations.changed_activation import name_activations, suit_rectifiers, with_activations
from coach.techniques.technique import NoParameters, Technique
from spec.training.output_rules import PROBABILITIES


def surplus_activations(network: NetworkReading) -> list[int]:
    """The activations at the end of a network beside the one that makes the output, which is the last that can."""
    last = network.output
    if last is None:
        return []
    places = [last.index, *last.behind]
    said = {index: name for index in places if (name := activation_name(network.layers[index]))}
    kept = [index for index, name in said.items() if name in PROBABILITIES] or list(said)
    return [
        index for index in said if index != kept[-1] and (index == last.index or network.sources(index) == (index - 1,))
    ]


class HiddenSoftmax(Technique[NoParameters]):
    """A softmax within a network squeezes all units of a layer into shares of one."""

    NAME = "no_hidden_softmax"
    TITLE = "No softmax but at the output"
    PURPOSE = "A softmax in a hidden layer, or a second one at the output, flattens what follows and its gradients."
    SECTION = None
    SOURCE = "Bridle (1990), Probabilistic interpretation of feedforward classification network outputs"
    PARAMETERS = NoParameters

    def move(self, job: CoachedJob, parameters: NoParameters) -> Move | NotApplicable:
        """A ReLU in its place in hidden layers; at the output, a second activation is left out."""
        del parameters
        network = NetworkReading(job)
        kernels = with_activations(network, EXCLUSIVE.__contains__)
        surplus = surplus_activations(network)
        if not kernels and not surplus:
            return NotApplicable("No hidden layer has a softmax, and the output has at most one activation.")
        draft = Draft(job)
        name_activations(draft, network, kernels, "relu")
        suit_rectifiers(draft, kernels)
        for index in surplus:
            if isinstance(network.layers[index], ACTIVATION_LAYERS):
                draft.remove(index)
            else:
                draft.clear([index], "activation")
        if kernels:
            called = layers_called([one.name for one in kernels], "hidden")
            return draft.move(f"{capitalized(called)} would share out a sum of 1 among all units; a ReLU does not.")
        called = layers_called([network.name(index) for index in surplus])
        return draft.move(
            f"The output has two activations in a row; that of {called} flattens what the other one sees."
        )
