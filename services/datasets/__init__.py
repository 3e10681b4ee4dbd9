"""What can be done with users' data sets."""
