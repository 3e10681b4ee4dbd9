"""Webhooks: who is told when jobs end, and how it gets there."""
