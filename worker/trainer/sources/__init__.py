"""Where rows come from: a file a format; `built_in` declares the source of each built-in data set."""
