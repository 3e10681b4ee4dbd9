"""Trainer processes: started, fed, watched, killed."""
