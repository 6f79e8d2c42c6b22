"""What Slack refuses: blocks, attachments, metadata and views, in its limits and words."""

from sandbox.slack.checks.elements import every_block, find_element, with_ids
from sandbox.slack.checks.messages import (
    check_attachments,
    check_blocks,
    check_message,
    check_metadata,
)
from sandbox.slack.checks.views import check_view

__all__ = [
    "check_attachments",
    "check_blocks",
    "check_message",
    "check_metadata",
    "check_view",
    "every_block",
    "find_element",
    "with_ids",
]
