"""What can be done about webhooks, and where they may lead."""
