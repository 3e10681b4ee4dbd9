"""Webhooks and the messages to them."""
