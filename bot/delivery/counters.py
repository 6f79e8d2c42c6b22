"""What happened since the process began."""

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """Plain numbers that only grow."""

    calls: int = 0
    """Requests to Slack, repetitions included."""
    posts: int = 0
    updates: int = 0
    files: int = 0
    limited: int = 0
    """Answers of Slack that asked for patience."""
    refused: int = 0
    unreachable: int = 0
    unchanged: int = 0
    """Versions that were not sent because they are what is shown already."""
    ambiguous: int = 0
    """Posts of which nobody knew whether they arrived,"""
    found: int = 0
    """those that turned out to be there, each a duplicate avoided,"""
    possible_duplicates: int = 0
    """and those that were sent again without being able to look."""
    stepped_down: int = 0
    """Messages shown in a plainer form since Slack refused the richer one."""
    dead: int = 0
