"""A CSV file read by ``pyarrow.csv``, and the statistics that a reader of the service computes of it.

``python -m bench.peers.pyarrow_csv PATH`` prints the most memory that it took, in bytes, as JSON.
"""

import json
import resource
import sys

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv


def main() -> None:
    """Reads, computes."""
    table = csv.read_csv(sys.argv[1])
    for column in table.columns:
        if pa.types.is_string(column.type):
            len(column.value_counts())
            continue
        numbers = pc.cast(column, pa.float64())
        pc.min_max(numbers), pc.mean(numbers), pc.stddev(numbers), len(numbers.value_counts())
        np.histogram(numbers.drop_null().to_numpy(), 20)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(json.dumps(peak) + "\n")


if __name__ == "__main__":
    main()
