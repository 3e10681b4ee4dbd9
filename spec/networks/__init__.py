"""Networks: layers and how they are wired, shapes, parameters and memory by arithmetic."""
