"""Reads a layer or a training for each name that a spec may use, as a client does that was made, and writes it back.

The standard input holds objects of a class, by their class's names; the standard output those that came out otherwise.
"""

import json
import sys

from made_by_openapi_python_client import models

wrong: list[object] = []
for name, sent in json.load(sys.stdin):
    back = getattr(models, name).from_dict(json.loads(json.dumps(sent))).to_dict()
    if back != sent:
        wrong.append((sent, back))
json.dump(wrong, sys.stdout)
