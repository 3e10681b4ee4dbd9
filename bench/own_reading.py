"""A file read by the service's reader, in a process of its own.

``python -m bench.own_reading PATH`` prints the most memory that it took, in bytes, as JSON.
"""

import gc
import json
import os
import resource
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Reads a file into the read form."""
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # this, and the garbage collector, as `python -m worker.reader`
    gc.disable()
    from worker.reader.packing import pack, write_facts  # noqa: PLC0415 -- after that
    from worker.reader.reading import read  # noqa: PLC0415 -- likewise

    gc.freeze()
    gc.enable()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        dataset = read(Path(sys.argv[1]), None, folder)
        write_facts(dataset.facts(), folder)
        pack(dataset.columns, folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(json.dumps(peak) + "\n")


if __name__ == "__main__":
    main()
