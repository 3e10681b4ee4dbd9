"""Rows of users' data sets: from the read form to what is trained on, fitted on the training rows alone."""
