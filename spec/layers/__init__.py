"""The layers, one module a family of them. Importing this package declares them all."""

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
    reshaping,
)
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
    "reshaping",
]
