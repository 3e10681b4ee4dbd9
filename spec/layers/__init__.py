"""The layers, one module a family of them. Importing this package declares them all; those that hold others last."""

from spec.layers import (
    activation,
    borders,
    convolution,
    dense,
    depthwise,
    dropout,
    merging,
    normalization,
    pooling,
    preprocessing,
    recurrent,
    reshaping,
    sequences,
)
from spec.layers import wrappers as wrappers
from spec.layers.base import Geometry, Layer, Shape, ShapeFault, Variable

__all__ = [
    "Geometry",
    "Layer",
    "Shape",
    "ShapeFault",
    "Variable",
    "activation",
    "borders",
    "convolution",
    "dense",
    "depthwise",
    "dropout",
    "merging",
    "normalization",
    "pooling",
    "preprocessing",
    "recurrent",
    "reshaping",
    "sequences",
    "wrappers",
]
