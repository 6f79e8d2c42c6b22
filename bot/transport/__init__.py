"""The two ways by which Slack reaches the bot."""
