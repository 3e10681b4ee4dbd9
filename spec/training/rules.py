"""What the parts of a training must agree on, with each other and with the rows of the data set."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spec.datasets.choice import DatasetSpec
from spec.datasets.counts import RowCounts, row_counts
from spec.datasets.facts import DatasetFacts
from spec.language.faults import Advice, Fault, Location, pointer
from spec.language.sentences import counted, enumeration, quoted
from spec.language.suggestions import nearest
from spec.metrics import CHOSEN_BY_SHAPE, Metric, named_metric, reported_names
from spec.training.callbacks import Callback, EarlyStopping, Monitoring, ReduceLROnPlateau, SwapEMAWeights
from spec.training.optimizers import OPTIMIZER, SGD, Optimizer, optimizer_of


def monitors(
    callbacks: Sequence[Callback],
    metrics: Sequence[Metric | str] | None,
    weighted: Sequence[Metric | str] = (),
    *,
    has_validation: bool | None,
) -> Iterator[Fault]:
    """Callbacks must watch what the run reports, and know whether less of it is better.

    Args:
        callbacks: As they were sent.
        metrics: As they were sent; None where they, or the weighted ones, are faulty.
        weighted: The weighted ones.
        has_validation: Whether rows are held back; None where that is not known.
    """
    directions = directions_of(metrics or (), weighted)
    for index, callback in enumerate(callbacks):
        if not isinstance(callback, Monitoring):
            continue
        name = callback.monitor.removeprefix("val_")
        if metrics is not None and name not in directions:
            yield _unknown_monitor(callback, index, directions, has_validation=has_validation is not False)
        elif callback.monitor.startswith("val_") and has_validation is False:
            sentence = (
                f'"{callback.monitor}" is computed on validation rows, and this training has no validation rows. '
                f'Set `validation_split`, or monitor "{name}".'
            )
            yield Fault(pointer=_place(callback, index, "monitor"), message=sentence, code="no_validation_rows")
        elif callback.mode == "auto" and directions.get(name, "down") is None:
            sentence = f'Keras does not know whether "{name}" should fall or rise. Set `mode` to "min" or "max".'
            yield Fault(pointer=_place(callback, index, "mode"), message=sentence, code="no_direction")


def _unknown_monitor(callback: Monitoring, index: int, known: dict[str, str | None], *, has_validation: bool) -> Fault:
    reported = [*known, *(f"val_{name}" for name in known if has_validation)]
    prefix = "val_" if callback.monitor.startswith("val_") else ""
    close = nearest(callback.monitor.removeprefix("val_"), known)
    suggestion = f"{prefix}{close}" if close else None
    sentence = f'This training does not report "{callback.monitor}".'
    if suggestion is None:
        sentence += f" It reports {enumeration(map(quoted, reported))}."
    return Fault(
        pointer=_place(callback, index, "monitor"),
        message=sentence,
        code="unknown_metric",
        suggestion=suggestion,
    )


def collisions(metrics: Sequence[Metric | str], weighted: Sequence[Metric | str] = ()) -> Iterator[Fault]:
    """Keras numbers repeated names twice over, and loses a metric where both ways come to the same name."""
    names = reported_names(metrics, weighted)
    places: list[Location] = [
        *(("training", "metrics", index) for index in range(len(metrics))),
        *(("training", "weighted_metrics", index) for index in range(len(weighted))),
    ]
    for index, name in enumerate(names):
        if name in names[:index]:
            sentence = (
                f'Two metrics would be called "{name}", and Keras would lose one of them. Give this one another `name`.'
            )
            at = pointer(places[index])
            yield Fault(pointer=at, message=sentence, code="metric_name_twice")


def unweighted(weighted: Sequence[Metric | str], *, has_weights: bool) -> Iterator[Advice]:
    """Without weights, weighted metrics are those that `metrics` reports."""
    if weighted and not has_weights:
        sentence = (
            "Rows have no weights here, so `weighted_metrics` reports the same as `metrics`. "
            'Set `class_weight`, for example to "balanced", or list these metrics in `metrics`.'
        )
        yield Advice(pointer="/training/weighted_metrics", message=sentence, code="no_weights")


def directions_of(metrics: Sequence[Metric | str], weighted: Sequence[Metric | str] = ()) -> dict[str, str | None]:
    """Every reported name, and where Keras finds out whether more of it is better ("up") or less ("down")."""
    directions: dict[str, str | None] = {"loss": "down"}
    for said, name in zip((*metrics, *weighted), reported_names(metrics, weighted), strict=True):
        if isinstance(said, str):
            own, direction = said, "up" if said in CHOSEN_BY_SHAPE else named_metric(said).DIRECTION
        else:
            own, direction = said.name or name, said.DIRECTION
        # A name that Keras made by numbering a taken one is not the metric's own, by which Keras looks for it.
        directions[name] = direction if own == name else None
    return directions


def _place(callback: Callback, index: int, field: str) -> str:
    at: Location = ("training", "callbacks", index)
    return pointer((*at, field) if field in callback.model_fields_set else at)


def rates(
    optimizer: Optimizer | str, callbacks: Sequence[Callback], at: Location = OPTIMIZER
) -> Iterator[Fault | Advice]:
    """Only one hand may be on the learning rate, and what is said of momentum must do something."""
    said = optimizer_of(optimizer)
    if said.schedule is not None:
        for index, callback in enumerate(callbacks):
            if isinstance(callback, ReduceLROnPlateau):
                sentence = (
                    f"The learning rate follows `{said.schedule.type}`, so `ReduceLROnPlateau` cannot change it. "
                    "Set `learning_rate` to a number, or remove this callback."
                )
                yield Fault(pointer=pointer(("training", "callbacks", index)), message=sentence, code="rate_set_twice")
    else:
        yield from _floors(said, callbacks)
    if isinstance(said, SGD) and said.nesterov and not said.momentum:
        sentence = "`nesterov` has no effect without `momentum`. Set `momentum`, for example to 0.9."
        yield Advice(pointer=pointer((*at, "nesterov")), message=sentence, code="nesterov_without_momentum")


def _floors(optimizer: Optimizer, callbacks: Sequence[Callback]) -> Iterator[Advice]:
    """A callback that may not go below the rate that the optimizer begins with does nothing."""
    rate = optimizer.learning_rate
    for index, callback in enumerate(callbacks):
        if isinstance(callback, ReduceLROnPlateau) and isinstance(rate, float) and callback.min_lr >= rate:
            sentence = (
                f"`ReduceLROnPlateau` never lowers the learning rate, because its `min_lr` ({callback.min_lr:g}) is "
                "not "
                f"less than the `learning_rate` of the optimizer ({rate:g}). Use a smaller `min_lr`, or leave it out."
            )
            yield Advice(pointer=_place(callback, index, "min_lr"), message=sentence, code="rate_never_reduced")


def patience(callbacks: Sequence[Callback]) -> Iterator[Advice]:
    """Where nothing improves, the rate must be reduced before the training is stopped, or it is never trained with.

    Measured with Keras 3.15: a patience of 0 is one of 1, and with equal ones both act after the same epoch.
    """
    stopping = [(index, one) for index, one in enumerate(callbacks) if isinstance(one, EarlyStopping)]
    reducing = [one for one in callbacks if isinstance(one, ReduceLROnPlateau)]
    for index, stop in stopping:
        ends_after = stop.start_from_epoch + max(1, stop.patience)
        for reduce in reducing:
            if reduce.monitor == stop.monitor and ends_after <= max(1, reduce.patience):
                sentence = (
                    f'If "{stop.monitor}" does not improve, `EarlyStopping` ends the training after '
                    f"{counted(ends_after, 'epoch')}, and no epoch is trained with the rate that "
                    "`ReduceLROnPlateau` sets "
                    f"after {max(1, reduce.patience)}. Give `EarlyStopping` the longer `patience`."
                )
                yield Advice(pointer=_place(stop, index, "patience"), message=sentence, code="stopped_before_reduced")


def averages(
    optimizer: Optimizer | str, callbacks: Sequence[Callback], *, has_validation: bool | None
) -> Iterator[Fault | Advice]:
    """Averages of the weights are swapped in where there are some, and by one callback alone."""
    swapping = [(index, one) for index, one in enumerate(callbacks) if isinstance(one, SwapEMAWeights)]
    for place, (index, one) in enumerate(swapping):
        at = pointer(("training", "callbacks", index))
        if not optimizer_of(optimizer).use_ema:
            sentence = (
                "There are no averages of the weights to swap in. Write the optimizer as an object with "
                '"use_ema": true, or remove this callback.'
            )
            yield Fault(pointer=at, message=sentence, code="no_averages")
        elif place:
            sentence = "A second `SwapEMAWeights` would swap the weights back again. List it only once."
            yield Fault(pointer=at, message=sentence, code="swapped_twice")
        elif has_validation is False and not one.swap_on_epoch:
            sentence = "`SwapEMAWeights` has no effect without validation rows. Set `validation_split`, or remove it."
            yield Advice(pointer=at, message=sentence, code="nothing_to_evaluate")


@dataclass(frozen=True)
class Rows:
    """The rules of how rows are split and taken.

    Attributes:
        dataset: What is asked of the data set.
        facts: Of it, as the job uses it.
        validation_split: The training's own.
        batch_size: The training's own.
    """

    dataset: DatasetSpec
    facts: DatasetFacts
    validation_split: float
    batch_size: int

    @property
    def are_known(self) -> bool:
        """Whether there are as many of each kind as is said, whatever is in the rows."""
        return self.facts.are_rows_known and (self.dataset.split is None or self.dataset.split.are_counts_known)

    @property
    def counts(self) -> RowCounts:
        """How many there are of each kind; no more than so many train where they are not known."""
        return row_counts(self.dataset, self.facts, self.validation_split)

    @property
    def _is_split_twice(self) -> bool:
        """Whether two fields say which rows validate; or, of a user's data set, how rows are split at all."""
        is_split = self.dataset.has_validation or (bool(self.facts.read) and self.dataset.split is not None)
        return bool(self.validation_split) and is_split

    @property
    def _too_small(self) -> str:
        return f"This is too small a fraction to hold back any of {counted(self.facts.rows, 'row')}. Use a larger one."

    def told(self) -> Iterator[Fault | Advice]:
        """Whatever is wrong or doubtful."""
        split = self.dataset.split
        if self._is_split_twice:
            sentence = "The `split` of the data set already holds back validation rows. Remove one of the two."
            if self.dataset.validation_from is not None:
                sentence = "The validation rows come from another data set. Leave `validation_split` out."
            elif not self.dataset.has_validation:
                sentence = (
                    "The data set has a `split`. Set `validation` in it, in place of `validation_split`, to hold back "
                    "validation rows."
                )
            yield Fault(pointer="/training/validation_split", message=sentence, code="split_twice")
            return
        if not self.are_known:
            return
        if split is not None and split.test and self.facts.test_rows:
            sentence = f'"{self.facts.name}" already has {counted(self.facts.test_rows, "test row")}. Leave `test` out.'
            yield Fault(pointer="/dataset/split/test", message=sentence, code="split_twice")
        train, validation, test = self.counts
        place = "/dataset/split" if split is not None and not self.validation_split else "/training/validation_split"
        if train < 1:
            yield Fault(pointer=place, message="This leaves no rows to train on. Hold back fewer.", code="no_rows")
        wanted = (split.validation if split is not None else 0.0) or self.validation_split
        if wanted and validation < 1:
            at = f"{place}/validation" if split is not None and split.validation else place
            yield Fault(pointer=at, message=self._too_small, code="no_rows")
        if split is not None and split.test and test < 1:
            yield Fault(pointer="/dataset/split/test", message=self._too_small, code="no_rows")
        if 1 <= train < self.batch_size:
            sentence = (
                f"A batch of {counted(self.batch_size, 'row')} holds all {counted(train, 'training row')}, so every "
                "epoch "
                "is a single step. Use a smaller `batch_size` for more steps."
            )
            yield Advice(pointer="/training/batch_size", message=sentence, code="batch_larger_than_data")
