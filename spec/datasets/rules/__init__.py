"""What is wrong with how a job uses a data set."""
