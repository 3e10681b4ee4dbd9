"""What there is to mend and to clear up."""
