"""Alerts in Slack: one message for what belongs together, which changes until it is over."""
