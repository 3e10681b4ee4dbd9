"""Rows of data sets as the contract's documents."""

import orjson

from api.answers.rows import document_of
from api.datasets.schemas import DatasetDocument
from db.datasets.datasets import DatasetRow
from db.projects.idempotency import Answer

CREATED = 201

dataset_document = document_of(DatasetDocument, DatasetRow)
"""A data set."""


def dataset_answer(row: DatasetRow) -> Answer:
    """What is answered to who makes a data set, and again to who sends the same with the same key."""
    return Answer(CREATED, f"/v1/datasets/{row.id}", orjson.dumps(dataset_document(row)).decode())
