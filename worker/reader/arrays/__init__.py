"""NPY and NPZ: the header of each array is read before anything else, and pickles never are."""
