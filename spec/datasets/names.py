"""What data sets and their columns may be called."""

from typing import Annotated

from pydantic import Field

LONGEST_NAME = 200
"""Of a data set, in characters."""

ColumnName = Annotated[str, Field(min_length=1, max_length=256)]
"""A column of a table."""
