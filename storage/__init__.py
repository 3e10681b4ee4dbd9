"""Storage: the bytes of artifacts and data sets, by key, on a folder or on anything that fsspec knows."""
