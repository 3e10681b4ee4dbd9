"""The language of specs: declarations, faults, and the sentences that tell them."""
