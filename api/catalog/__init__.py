"""Everything a job spec can say."""
