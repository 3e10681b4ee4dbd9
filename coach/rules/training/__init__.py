"""What is wrong with how a network is trained: rates, batches, epochs, dropout, penalties."""
