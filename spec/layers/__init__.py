"""The layers, one module a family of them. Importing this package declares them all."""

from spec.layers import (
    activation,
    augmentation,
    borders,
    convolution,
    dense,
    depthwise,
    dropout,
    merging,
    normalization,
    picture_values,
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
    "augmentation",
    "borders",
    "convolution",
    "dense",
    "depthwise",
    "dropout",
    "merging",
    "normalization",
    "picture_values",
    "pooling",
    "preprocessing",
    "reshaping",
]
