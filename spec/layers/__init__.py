"""The layers, one module a family of them. Importing this package declares them all; those that hold others last."""

from spec.layers import (
    activation,
    attention,
    borders,
    convolution,
    dense,
    depthwise,
    dropout,
    einsum,
    merging,
    normalization,
    pooling,
    positions,
    preprocessing,
    recurrent,
    reshaping,
    sequences,
    volumes,
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
    "attention",
    "borders",
    "convolution",
    "dense",
    "depthwise",
    "dropout",
    "einsum",
    "merging",
    "normalization",
    "pooling",
    "positions",
    "preprocessing",
    "recurrent",
    "reshaping",
    "sequences",
    "volumes",
    "wrappers",
]
