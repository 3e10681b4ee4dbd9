"""One job from its spec to its results: its rows are loaded, the network is put together, and trained."""
