"""How the learning rate changes while a network trains."""
