"""What a network gets to see: its rows, how they are scaled and weighted, and how often."""
