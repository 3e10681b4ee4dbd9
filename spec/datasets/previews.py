"""The rows of a data set that people are shown."""

PREVIEW_FILE = "preview.json"
"""What a reading leaves beside the read form; `worker.reader.previews` says what is in it."""

MOST_PREVIEW_ROWS = 100
