"""What can be measured inside a training after each epoch, by layer; and on how many rows."""

from collections.abc import Mapping

from spec.networks.inference import Inferred
from spec.networks.summary import BYTES_OF_A_NUMBER, kept_numbers

SIGNALS: Mapping[str, str] = {
    "gradient_norm": "The L2 norm of the gradient of the training loss by all trainable variables of the layer.",
    "update_ratio": "The L2 norm of what the epoch's last step changed, as a fraction of that of the layer's weights.",
    "dead_fraction": "The share of units of a rectifier (channels of convolutions) that are zero for every row.",
    "saturated_fraction": "The share of activations where the slope of the activation function is below 0.05 of its "
    "steepest one; of a softmax, the share of rows that one class has nearly all of.",
    "activation_mean": "The mean of what the layer gives, over rows, places and units.",
    "activation_deviation": "The standard deviation of what the layer gives, over rows, places and units.",
    "weight_norm": "The L2 norm of all trainable variables of the layer.",
    "non_finite": "1 if the layer's gradient or one of its variables is not finite after the epoch, otherwise 0.",
}
"""The fields of a row, and what they tell; all are measured on the same few rows (`worker.trainer.signals`)."""

MOST_PROBE_ROWS = 128
"""Enough that a share of units or rows means something, and a fraction of most epochs."""

MOST_PROBE_BYTES = 2**25
"""What more rows than a batch may take: of large networks the probe has no more rows than a batch."""


def probe_rows(inferred: Inferred, batch_size: int) -> int:
    """How many rows the probe takes at most.

    Args:
        inferred: The network, all of it inferred.
        batch_size: Rows of a batch.

    Raises:
        Incomplete: If a layer could not be inferred.
    """
    affordable = MOST_PROBE_BYTES // (BYTES_OF_A_NUMBER * max(kept_numbers(inferred), 1))
    return min(MOST_PROBE_ROWS, max(batch_size, affordable))
