"""JSON Patch (RFC 6902) on a spec: the operations as they are read, and what they make of a document."""
