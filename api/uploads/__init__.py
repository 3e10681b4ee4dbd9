"""Files that are sent in parts: tus 1.0 (https://tus.io/protocols/resumable-upload)."""
