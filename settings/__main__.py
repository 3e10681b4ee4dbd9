"""``python -m settings`` prints the table of all settings, as ``docs/configuration.md`` holds it."""

import sys

from settings.table import table

sys.stdout.write(table())
