"""CSV: fields separated by a character, rows by newlines, quoted where need be (RFC 4180).

pyarrow reads all columns as strings, in blocks; types are found by `worker.reader.columns`. Where rows or values are
faulty, `lines` reads the file a second time with Python's own reader, which knows the lines.
"""
