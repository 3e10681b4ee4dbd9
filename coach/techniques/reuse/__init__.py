"""Parts of networks that were trained before."""
