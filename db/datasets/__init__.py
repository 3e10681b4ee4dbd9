"""Users' data sets: made, read, listed, deleted; the files behind them; uploads in parts."""
