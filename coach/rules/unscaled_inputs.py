"""Numbers of another scale than first weights and learning rates are meant for."""

from collections.abc import Iterator

from coach.evidence import Evidence
from coach.findings import Found
from coach.reading.kernels import SCALING, NetworkReading
from coach.rules.rule import Prescription, Rule
from spec.layers.sequences import Embedding


class UnscaledInputs(Rule):
    """Numbers of another scale than first weights and learning rates are meant for."""

    NAME = "unscaled_inputs"
    SOURCE = "LeCun, Bottou, Orr and Müller (1998), Efficient BackProp, section 4.3: inputs with mean 0 and deviation 1. A scale of 10 makes the first gradients 10 times larger than all initializers assume."
    CAUSES = (
        "learning_rate_too_high",
        "saturated_activations",
        "dead_units",
        "exploding_gradients",
        "vanishing_gradients",
        "oscillating_loss",
        "diverged",
        "slow_convergence",
        "too_few_epochs",
        "not_learning",
    )
    REMEDIES = (
        Prescription(
            "scale_inputs", "The learning rates and first weights that are usual are meant for scaled inputs."
        ),
        Prescription("batch_normalization", "Layers behind the first get numbers of the usual scale."),
        Prescription("lower_learning_rate", "Large inputs make large steps."),
    )

    def find(self, evidence: Evidence, threshold: float) -> Iterator[Found]:
        """By the training rows, as the network gets them, where no layer scales them first."""
        if evidence.start is None:
            return
        network = NetworkReading(evidence.job)
        for name, seen in evidence.start.inputs.items():
            place = network.place_of_input(name)
            readers = [index for index in range(len(network.layers)) if place in network.sources(index)]
            if any(self._is_scaled(network, index) for index in readers):
                continue
            if seen.largest_scale > threshold:
                which = "" if len(evidence.start.inputs) == 1 else f' of "{name}"'
                explanation = (
                    f"The numbers{which} that the network reads are as large as {seen.largest_scale:.3g} on average in "
                    "one of the columns, where about 1 is usual. First weights and learning rates are meant for that, "
                    "so the first layer is flooded."
                )
                epoch = evidence.epochs[0].epoch if evidence.epochs else None
                last = evidence.epochs[-1].epoch if evidence.epochs else None
                yield Found(
                    self.NAME, "error", seen.largest_scale, threshold, explanation, epoch=epoch, last_epoch=last
                )

    @staticmethod
    def _is_scaled(network: NetworkReading, index: int) -> bool:
        """Whether a layer, or the first of those behind it that do more than pass numbers on, scales them."""
        if isinstance(network.layers[index], (*SCALING, *_LOOKING_UP)):
            return True
        if not network.is_passing(index):
            return False
        return any(isinstance(network.layers[one], SCALING) for one in network.follow(index))


_LOOKING_UP = (Embedding,)
"""Kinds that take numbers for names."""
