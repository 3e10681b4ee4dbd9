"""What a job leaves in the memory of its process."""

from keras.src.utils.naming import reset_uids
from tensorflow.python.framework import ops

_TRACED_GRADIENT = "CustomGradient-"
"""How the names of gradients begin that belong to one graph."""


def forget_job() -> None:
    """Free what Keras and TensorFlow would keep of a job that is over, for ever.

    Not by ``keras.backend.clear_session``: that drops every compiled function that the process has ready. Names begin
    anew, as in a new process. And TensorFlow registers a gradient for every sum over replicas that it traces, one
    replica's own included, by a name that is never used again; each holds the whole graph.
    """
    reset_uids()
    registered = ops.gradient_registry._registry  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] (there is no other way)
    for name in [name for name in registered if name.startswith(_TRACED_GRADIENT)]:
        del registered[name]
