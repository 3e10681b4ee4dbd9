"""HTTP itself: bounds, clients that wait or leave, what every request and answer passes through."""
