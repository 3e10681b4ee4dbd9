"""Reads users' files into the form that jobs train from, in a process of its own: no TensorFlow, SQL, Celery or HTTP.

`reading.read` is the whole of it: a file, and what was said of it, become files of columns and facts, or faults with
their places. Formats are told by their content (`signatures`), one module or package a format: `delimited` (CSV),
`parquet`, `arrays` (NPY, NPZ), `images` (a zip of pictures). `columns` has the types: each tries to read a column and
says where it does not fit. Memory is bounded by blocks and by `limits`, never by the file.
"""
