"""What was found after a time that nobody looked at, which is said with it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.alerts.finding import Finding
from shared.alerts.gap import Gap
from shared.alerts.sweeps.status import PartStatus
from shared.errors import ApiError, RateLimited, Unauthorized, Unavailable, UnexpectedAnswer


@dataclass(frozen=True, slots=True)
class Lateness:
    """A gap that this turn ends; what happened before that time was not found at its time."""

    gap: Gap
    before: datetime

    def mark(self, finding: Finding) -> Finding:
        """The finding with the gap, if it is a late one."""
        if not self._is_late(finding):
            return finding
        gap = self.gap.model_copy(update={"until": finding.found_at})
        detail = {**finding.detail, "gap": gap.model_dump(mode="json", exclude_none=True)}
        return replace(finding, late=True, detail=detail)

    def _is_late(self, finding: Finding) -> bool:
        # Of a state that is first seen now nobody knows for how long it has held.
        began = finding.kind.is_state and not finding.over
        return finding.at < self.before or (began and finding.at == finding.found_at)


def lateness(
    part: PartStatus, since: datetime | None, now: datetime, longest: timedelta
) -> Lateness | None:
    """The lateness of this turn, when nobody looked for longer than a pause.

    What happened before `since` interests nobody.
    """
    moments = [each for each in (part.looked_at, since) if each is not None]
    if not moments or now - max(moments) <= longest:
        return None
    begun = max(moments)
    return Lateness(Gap(since=begun, cause=_cause(part, begun, longest)), now - longest)


def cause_of(error: ApiError) -> str:
    """Why nothing could be looked at, in a few words."""
    match error:
        case RateLimited():
            return "too many requests to the API"
        case Unavailable(status=None):
            return "the API could not be reached"
        case Unavailable():
            return "the API failed"
        case Unauthorized():
            return "the API did not accept the key"
        case UnexpectedAnswer():
            return "the answers of the API could not be read"
    return "the API refused"


def _cause(part: PartStatus, begun: datetime, longest: timedelta) -> str | None:
    """Why the part failed, if that began with the gap: otherwise nobody may have tried."""
    if part.failing_since is None or part.failing_since - begun > longest:
        return None
    return part.cause
