"""Calls of the service by the client that openapi-python-client makes."""

import json
import os
import sys

from made_by_openapi_python_client import AuthenticatedClient
from made_by_openapi_python_client.api.jobs import create_job, list_jobs, read_job
from made_by_openapi_python_client.models import (
    ActivationName,
    CreatedJobDocument,
    Dense,
    Flatten,
    InitializerAlias,
    InitializerName,
    JobDocument,
    JobList,
    JobSpec,
    LossName,
    MetricName,
    NetworkSpec,
    OptimizerAlias,
    Problem,
    RegularizerName,
    TrainingSpec,
)

client = AuthenticatedClient(base_url=os.environ["ADDRESS"], token=os.environ["KEY"])
hidden = Dense(
    units=8,
    activation=ActivationName.RELU,
    kernel_initializer=InitializerAlias.HENORMAL,
    kernel_regularizer=RegularizerName.L2,
)
output = Dense(units=10, activation=ActivationName.SOFTMAX, bias_initializer=InitializerName.ZEROS)
training = TrainingSpec(
    loss=LossName.SPARSE_CATEGORICAL_CROSSENTROPY,
    optimizer=OptimizerAlias.ADAM,
    metrics=[MetricName.ACCURACY],
    epochs=1,
)


def spec_of(*layers: Flatten | Dense) -> JobSpec:
    network = NetworkSpec(layers=list(layers))
    return JobSpec(name=os.environ["NAME"], dataset="digits", network=network, training=training)


created = create_job.sync(client=client, body=spec_of(Flatten(), hidden, output))
assert isinstance(created, CreatedJobDocument), created
read = read_job.sync(created.id, client=client)
assert isinstance(read, JobDocument), read
listed = list_jobs.sync(client=client, name=os.environ["NAME"], limit=5)
assert isinstance(listed, JobList), listed
mistaken = Dense(units=-1)
refused = create_job.sync(client=client, body=spec_of(mistaken))
assert isinstance(refused, Problem), refused
layer = read.spec.network.layers[1]
assert isinstance(layer, Dense), layer
json.dump(
    {
        "created": created.id,
        "read": read.id,
        "initializer": layer.kernel_initializer,
        "listed": [job.id for job in listed.data],
        "refused": refused.code,
        "pointers": [error.pointer for error in refused.errors or []],
    },
    sys.stdout,
)
