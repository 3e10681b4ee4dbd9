"""What keeps a network from learning its rows by heart."""
