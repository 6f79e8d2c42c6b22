"""The manifest of the Slack app, as it lies beside the packages or inside the installed one."""

from pathlib import Path
from typing import Any

import yaml

_PLACES = (Path(__file__).parent / "manifest.yaml", Path(__file__).parents[1] / "manifest.yaml")


def manifest(command: str = "/workflows") -> dict[str, Any]:
    """The manifest, with the slash command under the name that is configured."""
    path = next(place for place in _PLACES if place.exists())
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    found["features"]["slash_commands"][0]["command"] = command
    return found
