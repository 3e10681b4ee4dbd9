"""The pictures of a zip, decoded by a plain loop of Pillow.

``python -m bench.peers.pillow_zip PATH`` prints the most memory that it took, in bytes, as JSON.
"""

import io
import json
import resource
import sys
import zipfile

import numpy as np
from PIL import Image


def main() -> None:
    """Decodes all into one array."""
    with zipfile.ZipFile(sys.argv[1]) as archive:
        np.stack([np.asarray(Image.open(io.BytesIO(archive.read(name)))) for name in archive.namelist()])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(json.dumps(peak) + "\n")


if __name__ == "__main__":
    main()
