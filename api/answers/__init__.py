"""What is answered: documents, pages, problems."""
