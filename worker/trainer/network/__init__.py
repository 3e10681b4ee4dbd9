"""From a spec to Keras's objects, and what of Keras has to be made to fit."""
