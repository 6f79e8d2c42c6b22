"""What occurrences have in common: labels without ids, numbers, times and durations."""

import re
from collections.abc import Mapping
from hashlib import sha256

from shared.alerts.details import Details
from shared.alerts.finding import Finding, Kind
from shared.alerts.matching import error_of
from shared.alerts.wanted import Wanted
from shared.text import json_text, one_line

LONGEST_ERROR = 300
_READ = 4_000
_GAP = "…"

_UUID = r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"
_QUERY = re.compile(r"(https?://[^\s?#\"'<>]*)[?#][^\s\"'<>]*", re.IGNORECASE)
_TOKENS = re.compile(
    # A status tells errors apart.
    r"(?P<kept>\b(?:https?(?:/\d(?:\.\d)?)?|status(?:[ _]code)?|code|errno|error)"
    r"[\s:=#]{1,3}\d{3}\b)"
    rf"|\b{_UUID}\b"
    r"|\b0x[0-9a-f]+\b"
    # Words of an id: letters with digits among them.
    r"|\b(?=[a-z_-]*\d)[0-9a-z]+(?:[_-][0-9a-z]*\d[0-9a-z]*)+\b"
    r"|\b(?=[a-z]*\d)[0-9a-z]{6,}\b"
    # And the shortest of them, which no version is.
    r"|\b(?!v\d\d?\b|s3\b)[a-z]\d+\b"
    r"|\b\d(?:[\d.,:/+tz-]*[\dz])?(?:\s?(?:ms|µs|us|ns|s|sec|seconds?|min|minutes?|h|hours?|d|days?"
    r"|[kmg]i?b|bytes?|%))?(?![a-z])"
    r"|\b\d+",
    re.IGNORECASE,
)
_GAPS = re.compile(rf"{_GAP}(?:[\s.,:/+-]*{_GAP})+")


def labels_of(wanted: Wanted, finding: Finding, details: Details) -> dict[str, str]:
    """What tells the alert of this finding from others of the subscription.

    What begins and ends by itself, or only happens, never joins another kind; failed and timed out
    do where the kind is not asked for, since they recover in the same way.
    """
    found: dict[str, str] = {}
    if "kind" in wanted.group_by or not finding.kind.is_trouble:
        found["kind"] = str(finding.kind)
    if finding.schedule_id is not None and finding.kind.is_state:
        return {"schedule": finding.schedule_id, **found}
    for label in wanted.group_by:
        if label != "kind" and (value := _label(label, finding, details)) is not None:
            found[label] = value
    return found


def fingerprint(labels: Mapping[str, str]) -> str:
    """The same for the same labels."""
    return sha256(json_text(sorted(labels.items())).encode(errors="replace")).hexdigest()[:40]


def normal_error(text: str) -> str:
    """The error without what differs from one time to the next, on one line."""
    lines = [line for line in text[:_READ].splitlines() if line.strip()]
    if not lines:
        return ""
    # The last line of a traceback says what happened.
    said = lines[-1] if lines[0].startswith("Traceback") else " ".join(lines)
    plain = _TOKENS.sub(_gap, _QUERY.sub(r"\1", one_line(said, _READ)))
    return _GAPS.sub(_GAP, plain).strip()[:LONGEST_ERROR].strip()


def _label(label: str, finding: Finding, details: Details) -> str | None:
    match label:
        case "workflow":
            return finding.workflow
        case "deployment":
            return finding.deployment or ""
        case "execution":
            return finding.execution_id or finding.subject
        case "error" if finding.kind is Kind.WAITING:
            return normal_error(finding.detail.get("label") or "")
        case "error":
            return normal_error(error_of(finding, details) or "")
    return None


def _gap(found: re.Match[str]) -> str:
    return found["kept"] or _GAP
