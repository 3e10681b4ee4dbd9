"""The worker: a Celery worker whose supervisor claims jobs in SQL and trains them in processes of their own."""
