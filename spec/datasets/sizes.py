"""How much a data set can hold: told to whoever asks, and kept to by the reader."""

MOST_ROWS = 100_000_000
MOST_COLUMNS = 2_000
"""Of a table; or arrays of an NPZ."""
MOST_PIXELS = 50_000_000
"""Of one picture."""
