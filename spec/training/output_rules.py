"""What a network's output, its data set's target, the loss and the metrics must agree on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from spec.datasets.facts import DatasetFacts
from spec.language.faults import MOST_FAULTS, Advice, Fault, Location, fault_at, pointer
from spec.language.sentences import counted, quoted
from spec.layers import Layer
from spec.layers.dense import Dense
from spec.layers.kernels import Activating
from spec.metrics import CHOSEN_BY_SHAPE, Metric, metric_of
from spec.networks.inference import Inferred, place_of
from spec.networks.network_advice import activation_of
from spec.training.losses import Circle, Loss, loss_of
from spec.training.metric_advice import HINGES, Reported, advise_on
from spec.training.targets import Encoding, encoding_of, is_met

PROBABILITIES = frozenset({"softmax", "sigmoid", "hard_sigmoid", "sparse_sigmoid", "sparsemax"})
"""Activations whose output can be read as probabilities."""

UNIT_FIELDS = ("units", "filters")
"""Fields that say how many numbers a layer puts out."""

LOSS: Location = ("training", "loss")


@dataclass(frozen=True)
class Output:
    """A network's end, as far as it is known.

    Attributes:
        layer: The last layer.
        index: Its place.
        shape: Of its output, without the batch.
    """

    layer: Layer
    index: int
    shape: tuple[int, ...]

    @property
    def units(self) -> int:
        """The size of the last axis."""
        return self.shape[-1] if self.shape else 1

    @property
    def units_place(self) -> Location:
        """Where the spec says how many units there are, or else the layer."""
        field = next((name for name in UNIT_FIELDS if name in type(self.layer).model_fields), None)
        return ("network", *place_of(self.layer, self.index, field))


def output_of(inferred: Inferred) -> Output | None:
    """The end of a network, or None where it is not known.

    A Dense puts out its units, whatever is wrong before it.
    """
    shape = inferred.output_shape
    layer = inferred.layers[-1] if inferred.layers else None
    if shape is None and isinstance(layer, Dense):
        shape = (layer.units,)
    return None if shape is None or layer is None else Output(layer, len(inferred.layers) - 1, shape)


@dataclass(frozen=True)
class Agreement:
    """The rules that hold between the parts.

    Attributes:
        output: The network's.
        facts: Of the data set as the job uses it.
        loss: As it was sent.
        metrics: As they were sent.
        weighted_metrics: As they were sent.
        class_weight: As it was sent.
    """

    output: Output
    facts: DatasetFacts
    loss: Loss | str
    metrics: Sequence[Metric | str]
    weighted_metrics: Sequence[Metric | str]
    class_weight: Mapping[str, float] | str | None

    def told(self) -> Iterator[Fault | Advice]:
        """Whatever is wrong or doubtful."""
        if len(self.output.shape) != 1:
            shape = list(self.output.shape)
            sentence = (
                f"The output has the shape {shape}, but a row has a single target. End the network with a layer whose "
                "output has one axis, for example with `Flatten` and `Dense`."
            )
            yield fault_at(("network", "layers", self.output.index), sentence, "output_rank")
            return
        loss = loss_of(self.loss, self.output.units)
        trouble = list(self._of_loss(loss))
        yield from trouble
        yield from self._of_class_weight()
        if not any(isinstance(one, Fault) for one in trouble):
            yield from self._of_logits(loss)
            yield from self._of_metrics(loss)

    def _of_loss(self, loss: Loss) -> Iterator[Fault | Advice]:
        classes, units = self.facts.classes, self.output.units
        if self.facts.target == "labels":
            yield from self._of_labels(loss)
        elif classes is None:
            yield from self._of_number(loss)
        elif loss.WANTS == "classes":
            if not isinstance(loss, Circle):
                yield from self._of_sparse(classes, units)
        elif loss.WANTS == "one_hot" or units != 1:
            if units != classes:
                sentence = (
                    f"{self._target} has {classes} classes, so {self._loss} needs {classes} output units, not {units}."
                )
                yield fault_at(self.output.units_place, sentence, "units_not_classes")
        elif classes > 2:  # noqa: PLR2004 - two classes fit one number
            yield from self._of_single_unit(loss, classes)

    def _of_number(self, loss: Loss) -> Iterator[Fault | Advice]:
        if loss.WANTS != "match":
            sentence = f'{self._loss} needs classes, but the target of {self._target} is a number. Use "mse" or "mae".'
            yield fault_at(LOSS, sentence, "loss_wants_classes")
        else:
            if self.output.units != self.facts.target_units:
                yield self._other_units()
            if loss.IS_BINARY:
                sentence = (
                    f"{self._loss} is meant for the targets 0 and 1, but the target of {self._target} can be any "
                    "number. "
                    'Use "mse".'
                )
                yield _advice(LOSS, sentence, "loss_wants_two_classes")

    def _other_units(self) -> Fault:
        """The output of numbers has not as many as the target."""
        wanted, units = self.facts.target_units, self.output.units
        if wanted == 1:
            sentence = (
                f"The target of {self._target} is a single number, but the output has {units} numbers per row. End the "
                "network with a single unit."
            )
            return fault_at(self.output.units_place, sentence, "units_not_one")
        sentence = (
            f"The target of {self._target} has {counted(wanted, 'number')}, but the output has "
            f"{counted(units, 'number')} per row. End the network with {wanted} units."
        )
        return fault_at(self.output.units_place, sentence, "units_not_of_target")

    def _of_labels(self, loss: Loss) -> Iterator[Fault | Advice]:
        labels, units = self.facts.target_units, self.output.units
        if loss.WANTS != "match":
            sentence = (
                f"{self._loss} needs classes of which a row has one, but the target of {self._target} is labels, of "
                'which several can hold. Use "binary_crossentropy".'
            )
            yield fault_at(LOSS, sentence, "loss_wants_classes")
            return
        if units != labels:
            sentence = (
                f"The target of {self._target} has {counted(labels, 'label')}, but the output has "
                f"{counted(units, 'number')} per row. End the network with {counted(labels, 'unit')}."
            )
            yield fault_at(self.output.units_place, sentence, "units_not_labels")
        elif self._activation == "softmax" and units > 1:
            sentence = (
                "Several labels can hold, but the outputs of a softmax always sum up to 1. Use the activation "
                '"sigmoid", which gives each label a probability of its own.'
            )
            at: Location = ("network", *place_of(self.output.layer, self.output.index, "activation"))
            yield _advice(at, sentence, "softmax_of_labels")

    def _of_sparse(self, classes: int, units: int) -> Iterator[Fault | Advice]:
        if units < classes:
            sentence = (
                f"{self._target} has {classes} classes, so {self._loss} needs at least {classes} output units, not "
                f"{units}."
            )
            if classes == 2:  # noqa: PLR2004 - two classes fit one number
                sentence += ' For a single unit, use "binary_crossentropy".'
            yield fault_at(self.output.units_place, sentence, "too_few_units")
        elif units > classes:
            sentence = (
                f"{self._target} has {classes} classes, so {units - classes} of the {units} output units can never be "
                f"right. Use {classes} units."
            )
            yield _advice(self.output.units_place, sentence, "more_units_than_classes")

    def _of_single_unit(self, loss: Loss, classes: int) -> Iterator[Fault | Advice]:
        way = f'Use "sparse_categorical_crossentropy" with {classes} units and "softmax".'
        if loss.IS_BINARY:
            sentence = (
                f"{self._loss} with a single unit can only tell two classes apart, but {self._target} has "
                f"{classes}. {way}"
            )
            yield fault_at(LOSS, sentence, "loss_wants_two_classes")
        else:
            sentence = (
                f"With a single unit, the {classes} classes of {self._target} are learned as the numbers 0 to "
                f"{classes - 1}. {way}"
            )
            yield _advice(LOSS, sentence, "classes_as_numbers")

    def _of_class_weight(self) -> Iterator[Fault]:
        if self.class_weight is None:
            return
        at: Location = ("training", "class_weight")
        classes = self.facts.classes
        if classes is None:
            what = "is a number" if self.facts.target_units == 1 else "has several numbers"
            if self.facts.target == "labels":
                what = "is labels"
            sentence = f"The target of {self._target} {what}, so there are no classes. Leave `class_weight` out."
            yield fault_at(at, sentence, "no_classes")
            return
        if isinstance(self.class_weight, str):
            return
        beyond = (name for name in self.class_weight if int(name) >= classes)
        for name in islice(beyond, MOST_FAULTS):
            sentence = f"There is no class {name}. {self._target} has {classes} classes, and the last is {classes - 1}."
            yield fault_at((*at, name), sentence, "no_such_class")

    @property
    def _activation(self) -> str | None:
        """What the output ends with, where it is known."""
        layer = self.output.layer
        return (layer.activation or "linear") if isinstance(layer, Activating) else activation_of(layer)

    def _of_logits(self, loss: Loss) -> Iterator[Advice]:
        layer, activation = self.output.layer, self._activation
        if not loss.IS_CROSSENTROPY or activation is None:
            return
        at: Location = ("network", *place_of(layer, self.output.index, "activation"))
        if not loss.has_logits and activation not in PROBABILITIES:
            wanted = "sigmoid" if loss.IS_BINARY else "softmax"
            sentence = (
                f'{self._loss} reads the output as probabilities, but "{activation}" does not return probabilities. '
                f'Use "{wanted}", or a loss with `from_logits` set to true.'
            )
            yield _advice(at, sentence, "not_probabilities")
        elif loss.has_logits and activation in PROBABILITIES:
            sentence = (
                f'The loss reads the output as logits, but "{activation}" already returns probabilities. '
                "Set `from_logits` to false, or remove the activation."
            )
            yield _advice((*LOSS, "from_logits"), sentence, "not_logits")

    def _are_scores(self, loss: Loss) -> bool:
        """Whether the output is logits, or drawn to both sides of 0."""
        activation = self._activation
        if activation in PROBABILITIES:
            return False
        return loss.has_logits or (activation is not None and isinstance(loss, HINGES))

    def _of_metrics(self, loss: Loss) -> Iterator[Fault | Advice]:
        has_labels = self.facts.target == "labels"
        encoding = encoding_of(loss.WANTS, self.facts.classes, self.output.units, has_labels=has_labels)
        listed = {"metrics": self.metrics, "weighted_metrics": self.weighted_metrics}
        for at, said in (
            (("training", name, place), one) for name, some in listed.items() for place, one in enumerate(some)
        ):
            metric = metric_of(said, encoding, self.output.units)
            if said not in CHOSEN_BY_SHAPE and not is_met(metric.wants(), encoding):
                sentence = (
                    f"{_called(said)} needs {_WANTED[metric.wants()]}, but the targets of {self._loss} are "
                    f"{_GIVEN[encoding]}."
                )
                yield fault_at(at, f"{sentence}{self._way_to(metric)}", "metric_does_not_fit")
            elif misfit := metric.misfit(self.output.units, self.facts.classes):
                yield fault_at((*at, misfit[0]), misfit[1], "metric_does_not_fit")
            elif has_labels and said in CHOSEN_BY_SHAPE and self.output.units > 1:
                sentence = (
                    f"For an output of several numbers, Keras takes {_called(said)} for whether the largest output is "
                    'right, which tells little of labels. Use "binary_accuracy".'
                )
                yield _advice(at, sentence, "accuracy_of_labels")
            else:
                yield from advise_on(
                    Reported(
                        metric,
                        said if isinstance(said, str) else said.type,
                        at,
                        loss,
                        self.output.units,
                        self._are_scores(loss),
                        2 if has_labels else self.facts.classes,  # each of them holds or does not
                        self.facts.name,
                    )
                )

    def _way_to(self, metric: Metric) -> str:
        """How to have such a metric, where the way is plain."""
        if self.facts.classes is None or self.output.units != self.facts.classes:
            return ""
        match metric.wants():
            case "one_hot" | "match":
                return ' Use the loss "categorical_crossentropy", or a metric whose name begins with "sparse_".'
            case "classes":
                return ' Use the loss "sparse_categorical_crossentropy", or a metric without "sparse_" in its name.'
            case "number":
                return " With several output units, set `sparse_y_pred` to false."

    @property
    def _loss(self) -> str:
        return _called(self.loss)

    @property
    def _target(self) -> str:
        return quoted(self.facts.name)


_WANTED = {
    "classes": "class numbers",
    "one_hot": "one-hot targets",
    "match": "targets in the shape of the output",
    "number": "one number per row as the target",
}
_GIVEN: dict[Encoding, str] = {
    "classes": "class numbers",
    "one_hot": "one-hot targets",
    "number": "single numbers",
    "labels": "labels",
}


def _called(said: Loss | Metric | str) -> str:
    """What was sent, as a sentence names it."""
    return quoted(said) if isinstance(said, str) else f"`{said.type}`"


def _advice(at: Location, message: str, code: str) -> Advice:
    return Advice(pointer=pointer(at), message=message, code=code)
