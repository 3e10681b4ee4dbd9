"""Where rows come from: a file a kind of source."""
