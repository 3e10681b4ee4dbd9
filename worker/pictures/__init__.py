"""Pictures: from their bytes to pixels, the same wherever one is read. Needs Pillow and NumPy alone."""
