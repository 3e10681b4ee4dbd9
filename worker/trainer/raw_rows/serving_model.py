"""``serving.keras``: one model from raw rows to what the trained network puts out, of Keras's own classes alone."""

from dataclasses import dataclass

import keras

from worker.trainer.data.fitted import Fitted
from worker.trainer.raw_rows.encoding_graph import EncodingGraph, NotEncodable
from worker.trainer.raw_rows.raw_inputs import RawInput, named_inputs
from worker.trainer.sources.read_form import ReadTable
from worker.trainer.untyped import KerasObject, Model

MOST_INPUTS = 500
"""Beyond so many, Keras takes longer to load a model than anybody would wait for."""


@dataclass(frozen=True)
class ServingModel:
    """A model for raw rows.

    Attributes:
        model: It, not compiled: a dictionary of raw values by `inputs` goes in.
        inputs: What it takes, by name.
    """

    model: Model
    inputs: dict[str, RawInput]


def serving_model(network: Model, fitted: Fitted, table: ReadTable) -> ServingModel:
    """Put the encoding of raw rows before a trained network, which it shares its variables with.

    Args:
        network: Built and trained.
        fitted: What the rows that it was trained on were encoded by.
        table: The columns of the data set.

    Raises:
        NotEncodable: Keras's own classes cannot encode them, or there are too many inputs.
    """
    named = named_inputs(fitted, table)
    if len(named) > MOST_INPUTS:
        raise NotEncodable(f"It would have {len(named):,} inputs, and at most {MOST_INPUTS:,} are possible.")
    symbolic: dict[str, KerasObject] = {
        name: keras.Input(raw.shape, dtype=raw.dtype, name=name) for name, raw in named.items()
    }
    graph = EncodingGraph(fitted, table, {raw: symbolic[name] for name, raw in named.items()})
    # Of several inputs as a list, in their order, in which they also come back when the model is checked.
    given = graph.features[0] if len(graph.features) == 1 else graph.features
    # Said, since Keras's layers that augment do so whenever nobody says that they should not.
    return ServingModel(keras.Model(symbolic, network(given, training=False)), named)
