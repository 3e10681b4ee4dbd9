"""What other tools publish of how they judge, on the same signals: thresholds as in their documents and their code."""
