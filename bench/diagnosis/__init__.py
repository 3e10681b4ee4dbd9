"""How well the coach judges: jobs whose truth is known without it, run by the service and kept, and tables of them."""
