"""The check of a whole job: every fault at once, before anything is stored, without TensorFlow."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, cast

from spec.datasets.choice import DatasetSpec, dataset_of, inputs_in
from spec.datasets.facts import DatasetFacts, FactsOf
from spec.datasets.rules.finding import find_dataset
from spec.jobs import JobSpec
from spec.language.faults import Advice, Fault, Location
from spec.language.sections import ReadSection, read_section
from spec.language.suggestions import bounded_suggestions
from spec.networks.inference import Inferred, infer_layers
from spec.networks.memory import demand_of, memory_fault
from spec.networks.network_advice import advise
from spec.networks.networks import NetworkSpec, ParsedNetwork, parse_network
from spec.networks.sharing import sharing, summing
from spec.networks.summary import NetworkSummary, summarize
from spec.training.data_rules import OwnRows
from spec.training.input_rules import augmented_words, embedded_values
from spec.training.learning_rate_multipliers import multiplied_layers, unsplittable
from spec.training.optimizers import OPTIMIZER, Optimizer
from spec.training.output_rules import Agreement, output_of
from spec.training.phase_rules import broken_optimizers, frozen_layers, place_of_optimizer
from spec.training.phases import Phase
from spec.training.precision_rules import (
    augmentation_kernels,
    greatest_outputs,
    held_precision,
    missing_kernels,
    penalties,
    rounded_kernels,
    rounded_numbers,
    scaling,
    slowness,
)
from spec.training.rules import Rows, averages, collisions, monitors, patience, rates, unweighted
from spec.training.training import TrainingSpec
from spec.training.weight_decay import unknown_words
from spec.training.weighting_rules import WeighedBy, across_rows, unweightable
from spec.weights.beginning import KnownBeginning, find_beginning
from spec.weights.continuing import Continued
from spec.weights.stored import WeightsFacts, WeightsOf, no_weights

Summarized = Callable[[], NetworkSummary]


@dataclass(frozen=True)
class CheckedJob:
    """What came of a check.

    Attributes:
        spec: The job; None where there are faults.
        faults: Everything that is wrong, with pointers into the body.
        advice: What is accepted and would better be otherwise.
        summarized: Gives the summary of the network, for the job's batch size and optimizer; None where there are
            faults.
        facts: Of the whole data set; None where there are faults.
        used_facts: Of the part of it that the job uses; None where there are faults.
        inferred: The network with its shapes; None where there are faults.
        weights: Of what the training begins with; None where it begins with fresh weights, or there are faults.
    """

    spec: JobSpec | None
    faults: list[Fault]
    advice: list[Advice]
    summarized: Summarized | None
    facts: DatasetFacts | None = None
    weights: WeightsFacts | None = None
    used_facts: DatasetFacts | None = None
    inferred: Inferred | None = None

    @property
    def summary(self) -> NetworkSummary | None:
        """The summary of the network, made anew: it costs as much as a third of the check, and few look at it."""
        return self.summarized and self.summarized()


def check_job(
    body: object, *, facts_of: FactsOf, max_memory_bytes: int, weights_of: WeightsOf = no_weights
) -> CheckedJob:
    """Check a job spec as it was sent; never raises for what was sent.

    Args:
        body: The body as JSON gives it.
        facts_of: Finds a data set's facts.
        max_memory_bytes: What a job's network may need, by estimate.
        weights_of: Finds the facts of weights that a training can begin with.
    """
    if not isinstance(body, dict):
        return CheckedJob(None, [Fault(pointer="", message="A job must be an object.", code="job_type")], [], None)
    with bounded_suggestions():
        return _Check(cast("dict[str, object]", body), facts_of, weights_of, max_memory_bytes).result()


class _Check:
    """One body being checked: collects faults and advice side by side."""

    def __init__(
        self, body: dict[str, object], facts_of: FactsOf, weights_of: WeightsOf, max_memory_bytes: int
    ) -> None:
        self._body = body
        self._facts_of = facts_of
        self._weights_of = weights_of
        self._max_memory_bytes = max_memory_bytes
        self._faults: list[Fault] = []
        self._advice: list[Advice] = []
        self._head = read_section(JobSpec, {**body, **_stand_ins(body)}, at=())
        self._faults += self._head.faults
        self._training = self._read_training()
        self._optimizers = [] if self._training is None else _optimizers_of(self._training)
        self._network = self._read_network()
        dataset = self._head.get("dataset")
        self._dataset: DatasetSpec | None = None if dataset is None else dataset_of(dataset)
        self._known: DatasetFacts | None = None
        self._facts = self._find_facts(is_plain=isinstance(dataset, str))
        self._beginning = self._find_beginning()
        self._inferred: Inferred | None = None

    def result(self) -> CheckedJob:
        """Check what the parts must agree on, wherever the parts are sound."""
        summarized = None
        self._check_training()
        self._check_computing()
        if self._facts is not None and self._network is not None:
            summarized = self._check_network(self._network, self._facts)
        spec = self._spec()
        if spec is None:
            return CheckedJob(None, self._faults, self._advice, None)
        return CheckedJob(
            spec,
            self._faults,
            self._advice,
            summarized,
            self._known,
            self._beginning.facts,
            self._facts,
            self._inferred,
        )

    def _spec(self) -> JobSpec | None:
        head, training, network = self._head.section, self._training, self._network
        if self._faults or head is None or training is None or network is None:
            return None
        return head.model_copy(update={"training": training.section, "network": network.network})

    def _read_training(self) -> ReadSection[TrainingSpec] | None:
        if "training" not in self._body:
            return None
        training = read_section(TrainingSpec, self._body["training"], at=("training",))
        self._faults += training.faults
        return training

    def _read_network(self) -> ParsedNetwork | None:
        if "network" not in self._body:
            return None
        network = parse_network(self._body["network"], inputs_in(self._body))
        self._faults += [_under_network(fault) for fault in network.faults]
        return network

    def _find_facts(self, *, is_plain: bool) -> DatasetFacts | None:
        """The facts of the part of the data set that the job uses, where it is known."""
        if self._dataset is None:
            return None
        found = find_dataset(self._dataset.name if is_plain else self._dataset, self._facts_of)
        self._known = found.whole
        self._faults += found.faults
        return found.used

    def _find_beginning(self) -> KnownBeginning:
        """With which weights the training begins, as far as it is known."""
        training = self._training
        if training is None:
            return KnownBeginning()
        network = None if self._network is None else self._network.network
        resources = self._head.get("resources")
        continued = Continued(training.section, network, self._dataset, resources and resources.gpus)
        beginning = find_beginning(training.get("initial_weights"), self._weights_of, continued)
        self._faults += beginning.faults
        return beginning

    def _check_training(self) -> None:
        training = self._training
        if training is None:
            return
        callbacks = training.get("callbacks", ())
        weighted = training.get("weighted_metrics", ())
        known = None if training.get("weighted_metrics") is None else training.get("metrics")
        self._tell(monitors(callbacks, known, weighted, has_validation=self._has_validation(training)))
        self._tell(collisions(training.get("metrics", ()), weighted))
        if "class_weight" in training.sound:
            has_weights = self._weighed_by(training) is not None
            self._tell(unweighted(weighted, has_weights=has_weights))
        self._tell(patience(callbacks))
        if training.get("phases") and "optimizer" in training.sound:
            self._tell(broken_optimizers(training.get("phases"), training.get("optimizer")))
        for at, optimizer in self._optimizers:
            self._tell(rates(optimizer, callbacks, at))
            self._tell(scaling(optimizer, training.get("precision", "float32"), at))
            self._tell(averages(optimizer, callbacks, has_validation=self._has_validation(training)))
        rows = self._rows()
        if rows is None or self._known is None or "validation_split" not in training.sound:
            return
        if "batch_size" in training.sound:
            self._tell(rows.told())
        own = OwnRows(rows.dataset, self._known, rows.facts, rows.validation_split, training.get("class_weight"))
        self._tell(own.told())

    def _check_computing(self) -> None:
        """Whether the network can be trained in the precision, and by the GPUs, that are asked for."""
        resources, training = self._head.get("resources"), self._training
        if training is None:
            return
        layers = () if self._network is None else self._network.layers
        precision = training.get("precision", "float32")
        if precision != "float32":
            self._tell(penalties(layers, precision))
            self._tell(rounded_kernels(layers, precision))
            self._tell(missing_kernels(layers, precision, None if resources is None else resources.runs_on))
            self._tell(held_precision(layers, precision))
            sources = () if self._network is None else self._network.wiring.sources
            self._tell(rounded_numbers(layers, sources, precision))
            self._tell(augmentation_kernels(self._dataset, precision))
            metrics, weighted = training.get("metrics", ()), training.get("weighted_metrics", ())
            self._tell(greatest_outputs(metrics, weighted, layers, precision))
        if resources is None:
            return
        self._tell(slowness(precision, resources.accelerator))
        for at, optimizer in self._optimizers if training.get("learning_rate_multipliers") else ():
            self._tell(unsplittable(optimizer, precision, resources.gpus, at))
        if resources.gpus == 1:
            return
        for at, optimizer in self._optimizers:
            self._tell(summing(resources.gpus, precision, optimizer, at))
        if "batch_size" not in training.sound:
            return
        rows = self._rows() if "validation_split" in training.sound else None
        train_rows = rows.counts.train if rows is not None and rows.are_known else None
        self._tell(sharing(resources.gpus, training.get("batch_size"), train_rows, layers))

    def _weighed_by(self, training: ReadSection[TrainingSpec]) -> WeighedBy | None:
        """The field that weighs the rows, if one does."""
        if training.get("class_weight") is not None:
            return "class_weight"
        return None if self._dataset is None or self._dataset.sample_weight is None else "sample_weight"

    def _has_validation(self, training: ReadSection[TrainingSpec]) -> bool | None:
        if training.get("validation_split"):
            return True
        if self._dataset is not None and self._dataset.has_validation:
            return True
        return None if self._dataset is None or "validation_split" not in training.sound else False

    def _rows(self) -> Rows | None:
        if self._dataset is None or self._facts is None:
            return None
        training = self._training
        said: dict[str, Any] = {} if training is None else training.sound
        return Rows(self._dataset, self._facts, said.get("validation_split", 0.0), said.get("batch_size", 32))

    def _check_network(self, parsed: ParsedNetwork, facts: DatasetFacts) -> Summarized | None:
        inferred = self._inferred = infer_layers(parsed.layers, facts.shapes, parsed.wiring)
        self._faults += [_under_network(fault) for fault in inferred.faults]
        self._check_output(inferred, facts)
        if parsed.network is None or inferred.faults:
            return None
        training = self._training
        said: dict[str, Any] = {} if training is None else training.sound
        demand = demand_of(said, inferred, self._head.get("coach"), dataset=self._dataset)
        self._advice += [_under_network(advice) for advice in advise(inferred)]
        if self._dataset is not None and self._known is not None:
            self._tell(embedded_values(inferred, self._dataset, self._known))
            self._tell(augmented_words(self._dataset, self._known))
        if said.get("phases"):
            self._tell(frozen_layers(said["phases"], inferred))
        if said.get("learning_rate_multipliers"):
            self._tell(multiplied_layers(said["learning_rate_multipliers"], inferred))
        for at, optimizer in self._optimizers:
            self._tell(unknown_words(optimizer, inferred, at))
        copies = self._beginning.copies(inferred)
        self._faults += copies.faults
        fault = memory_fault(inferred, demand, self._max_memory_bytes)
        self._faults += [] if fault is None else [fault]
        return partial(summarize, inferred, **vars(demand), phases=said.get("phases", ()), copied=copies.sources)

    def _check_output(self, inferred: Inferred, facts: DatasetFacts) -> None:
        output, training = output_of(inferred), self._training
        if output is None or training is None or training.get("loss") is None:
            return
        agreement = Agreement(
            output,
            facts,
            training.get("loss"),
            training.get("metrics", ()),
            training.get("weighted_metrics", ()),
            training.get("class_weight"),
        )
        self._tell(agreement.told())
        weighed_by = self._weighed_by(training)
        self._tell(across_rows(agreement.loss, weighed_by, output.units))
        if weighed_by is not None:
            self._tell(unweightable(agreement.weighted_metrics, output.units))

    def _tell(self, told: Iterator[Fault | Advice] | Iterator[Fault]) -> None:
        for one in told:
            if one in self._faults or one in self._advice:
                continue  # the same of the optimizer of each phase
            (self._faults if isinstance(one, Fault) else self._advice).append(one)  # pyright: ignore[reportArgumentType]  # each to its own


def _optimizers_of(training: ReadSection[TrainingSpec]) -> list[tuple[Location, Optimizer | str]]:
    """The optimizers that the training is compiled with, each once, and where they are said."""
    if "optimizer" not in training.sound:
        return []
    optimizer: Optimizer | str = training.get("optimizer")
    phases: tuple[Phase, ...] = training.get("phases", ())
    is_used = not phases or any(phase.optimizer is None for phase in phases)
    own = [
        (place_of_optimizer(phase, index), phase.optimizer_like(optimizer))
        for index, phase in enumerate(phases)
        if phase.optimizer is not None or phase.learning_rate is not None
    ]
    return [*([(OPTIMIZER, optimizer)] if is_used else []), *own]


@cache
def _sound_network() -> NetworkSpec:
    return NetworkSpec.model_validate({"layers": [{"type": "Flatten"}]})


@cache
def _sound_training() -> TrainingSpec:
    return TrainingSpec(loss="mse")


def _stand_ins(body: dict[str, object]) -> dict[str, object]:
    """Sound values for the parts that are read apart, so that reading the rest neither misses nor reads them."""
    parts = {"network": _sound_network(), "training": _sound_training()}
    return {name: part for name, part in parts.items() if name in body}


def _under_network(told: Any) -> Any:  # noqa: ANN401 - a fault or an advice, the same kind back
    return told.model_copy(update={"pointer": f"/network{told.pointer}"})
