"""Storage: the bytes of artifacts and data sets, by key, in a folder or in a bucket of S3."""
