"""What is said of the type of a layer that is none."""

from spec.language.vocabularies import Vocabulary
from spec.networks.activations import ACTIVATION_LAYERS
from spec.networks.left_out import LEFT_OUT_LAYERS, RENAMED_LAYERS

LAYERS = Vocabulary("layer", RENAMED_LAYERS, LEFT_OUT_LAYERS, ACTIVATION_LAYERS)
"""Of every place where a layer can stand."""
