"""What a report tells, section by section, of what is known of a job."""
