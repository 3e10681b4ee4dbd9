"""The supervisor: slots that claim jobs, trainer processes that train them, and what keeps both honest."""
