"""How several GPUs share the batches of a training, and what they cannot do together."""

from collections.abc import Iterator, Sequence

from spec.language.faults import Fault, Location, pointer
from spec.language.sentences import counted
from spec.layers import Layer
from spec.layers.normalization import BatchNormalization
from spec.training.optimizers import OPTIMIZER, Optimizer, optimizer_of
from spec.training.training import Precision


def share_of(rows: int, gpus: int) -> int:
    """How many rows of a batch each GPU takes, one after the other; the last of them may be left with fewer, or none.

    Source: tf.data's rebatching, by which `fit` splits a batch under a MirroredStrategy.
    """
    return -(-rows // gpus)


def _is_short(rows: int, gpus: int) -> bool:
    """Whether a GPU is left without a row."""
    return share_of(rows, gpus) * (gpus - 1) >= rows


def summing(gpus: int, precision: Precision, optimizer: Optimizer | str, at: Location = OPTIMIZER) -> Iterator[Fault]:
    """What Keras 3.15 cannot do with gradients that are summed over several GPUs.

    Args:
        gpus: On how many it trains.
        precision: What its layers compute in.
        optimizer: As it was sent.
        at: Where it was sent.
    """
    if gpus == 1:
        return
    if precision == "mixed_float16":
        sentence = (
            "Keras scales the loss by the gradients of the first GPU only, and those of another GPU may overflow. "
            'Use "mixed_bfloat16", or train on a single GPU.'
        )
        yield Fault(pointer="/training/precision", message=sentence, code="scale_of_one_gpu")
    said = optimizer_of(optimizer)
    for field in ("gradient_accumulation_steps", "ema_overwrite_frequency"):
        # Without averages Keras does not look at how often they are to be written over the weights.
        if getattr(said, field) is not None and (said.use_ema or field == "gradient_accumulation_steps"):
            sentence = f"Keras does not support `{field}` on several GPUs. Leave it out, or train on a single GPU."
            yield Fault(pointer=pointer((*at, field)), message=sentence, code="not_on_several_gpus")


def sharing(gpus: int, batch_size: int, train_rows: int | None, layers: Sequence[Layer | None]) -> Iterator[Fault]:
    """Whether every GPU gets rows.

    Args:
        gpus: On how many it trains.
        batch_size: Rows a step, of all GPUs together.
        train_rows: How many there are to train on; None where that is not known.
        layers: Of the network, as far as they are sound.
    """
    if gpus == 1:
        return
    if _is_short(batch_size, gpus):
        sentence = (
            f"A batch of {counted(batch_size, 'row')} leaves some of the {gpus} GPUs without rows. "
            "Use a larger `batch_size`, or fewer GPUs."
        )
        yield Fault(pointer="/training/batch_size", message=sentence, code="gpus_without_rows")
    elif train_rows and (last := train_rows % batch_size) and _is_short(last, gpus) and _has_batch_means(layers):
        sentence = (
            f"The last batch of an epoch has {last:,} of {counted(train_rows, 'row')}, which leaves some of the {gpus} "
            "GPUs without rows, and `BatchNormalization` cannot compute a mean there. Use another `batch_size`."
        )
        yield Fault(pointer="/training/batch_size", message=sentence, code="gpus_without_rows")


def _has_batch_means(layers: Sequence[Layer | None]) -> bool:
    return any(isinstance(layer, BatchNormalization) and layer.trainable for layer in layers)
