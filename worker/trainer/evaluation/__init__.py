"""What people read of a trained network: which rows it gets wrong, and how a guess without a network would do."""
