"""Colours of heat maps, from the least to the most."""

SEQUENTIAL = (
    *("#440154", "#482173", "#433e85", "#38588c", "#2d708e", "#25858e"),
    *("#1e9b8a", "#2ab07f", "#52c569", "#86d549", "#c2df23", "#fde725"),
)
"""Twelve of viridis, which rises in brightness: the colour-blind and a grey printer show the same order.

Source: S. van der Walt and N. Smith, "A better default colormap for Matplotlib", 2015.
"""

DIVERGING = (
    *("#2d004b", "#542788", "#8073ac", "#b2abd2", "#d8daeb", "#f7f7f7"),
    *("#fee0b6", "#fdb863", "#e08214", "#b35806", "#7f3b08"),
)
"""Eleven from purple to orange, zero in the middle, which the colour-blind tell apart.

Source: C. Brewer, ColorBrewer 2.0, "PuOr".
"""
