"""Pictures of numbers: curves and heat maps as SVG, and as characters."""
