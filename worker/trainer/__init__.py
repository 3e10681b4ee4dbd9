"""The trainer: one process, one job at a time, TensorFlow inside. It knows neither Celery nor SQL."""
