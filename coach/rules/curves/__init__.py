"""What the curves of a training tell: how its loss goes, and how well it does beside others."""
