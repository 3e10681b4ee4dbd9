"""What can be done, whoever asks for it: decided here, written by the rooms below."""
