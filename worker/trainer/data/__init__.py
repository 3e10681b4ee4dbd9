"""A job's rows: from a source's to what is trained on, in files that trainers share or streamed from them."""
