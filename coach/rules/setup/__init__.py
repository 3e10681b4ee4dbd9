"""What is wrong before a training begins: its data, its output, its first weights."""
