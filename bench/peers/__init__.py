"""What a user would run instead, written as a user would write it."""
