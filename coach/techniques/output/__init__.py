"""The end of a network, the loss, and the target, which must fit together."""
