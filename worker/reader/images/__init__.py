"""Zips of pictures, and how a picture is decoded, whoever decodes it."""
