"""Which activations the layers of a network have."""
