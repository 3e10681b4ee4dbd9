"""What runs beside the work itself for as long as a program does. Knows nothing of any other room."""
