"""A strict local Slack workspace: what bots touch of Slack, refused where Slack refuses."""
