"""Whether a finding is one of those that a subscription asks for. Nothing is read here."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import translate

from shared.alerts.details import Details, Need
from shared.alerts.finding import Finding, Kind
from shared.alerts.occurrence import Occurrence
from shared.alerts.patterns import Contains, contains
from shared.alerts.sweeps.health import Outcome
from shared.alerts.wanted import Wanted
from shared.alerts.words import WITH_ERROR

_TOLD_BY_EVENTS = frozenset({Kind.FAILED, Kind.TIMED_OUT})


@dataclass(frozen=True, slots=True)
class Taking:
    """A subscription takes a finding; `note` says what could not be decided, and why it does."""

    note: str | None = None


def takes(
    wanted: Wanted, finding: Finding, details: Details, search: Contains = contains
) -> Taking | None:
    """Whether it is one of those that are asked for; in doubt it is, so that none is lost."""
    if finding.over or not fits(wanted, finding):
        return None
    if details.note and deciding(wanted, finding):
        return Taking(f"{details.note} It may not fit the filter.")
    return fits_details(wanted, finding, details, search)


def fits(wanted: Wanted, finding: Finding) -> bool:
    """Whether all fits that can be seen without reading more about it."""
    return (
        finding.kind in wanted.kinds
        and fits_workflow(wanted, finding)
        and _fits_length(wanted, finding)
        and (finding.kind is not Kind.SLOW or _fits_bound(wanted, finding))
        and (finding.kind is not Kind.RECOVERED or _fits_trouble(wanted, finding))
    )


def fits_workflow(wanted: Wanted, finding: Finding | Occurrence) -> bool:
    """Whether it is about what the subscription is about."""
    return _fits_any(wanted.workflows, finding.workflow) and fits_deployment(wanted, finding)


def fits_deployment(wanted: Wanted, finding: Finding | Occurrence) -> bool:
    """Whether it is of a deployment that the subscription is about."""
    return _fits_any(wanted.deployments, finding.deployment)


def fits_again(wanted: Wanted, occurrence: Occurrence) -> bool:
    """Whether what was taken would be followed under another filter."""
    return occurrence.kind in wanted.kinds and fits_workflow(wanted, occurrence)


def fits_details(
    wanted: Wanted, finding: Finding, details: Details, search: Contains = contains
) -> Taking | None:
    """Whether what was read about it fits as well."""
    if not set(wanted.tags) <= set(details.tags):
        return None
    if not all(_fits_key(each, details.search_keys) for each in wanted.search_keys):
        return None
    if wanted.errors is None or finding.kind not in WITH_ERROR:
        return Taking()
    found = search(wanted.errors, error_of(finding, details) or "")
    if found is None:
        return Taking("The pattern of the error took too long, so it counts as found.")
    return Taking() if found else None


def deciding(wanted: Wanted, finding: Finding) -> Need:
    """What has to be read to decide."""
    need = Need.TAGS if wanted.tags else Need.NOTHING
    if wanted.search_keys:
        need |= Need.EXECUTION
    if wanted.errors is not None and finding.kind in WITH_ERROR and not finding.detail.get("error"):
        need |= Need.EVENTS
    return need


def needs_details(wanted: Wanted, finding: Finding) -> Need:
    """What has to be read to decide, and to tell people what they need."""
    telling = Need.EVENTS if finding.kind in _TOLD_BY_EVENTS else Need.NOTHING
    return deciding(wanted, finding) | telling


def error_of(finding: Finding, details: Details) -> str | None:
    """The error, wherever it was found."""
    return finding.detail.get("error") or details.error


def _fits_length(wanted: Wanted, finding: Finding) -> bool:
    least, length = wanted.min_duration_seconds, finding.detail.get("duration_ms")
    return least is None or not finding.kind.is_end or length is None or length >= least * 1_000


def _fits_bound(wanted: Wanted, finding: Finding) -> bool:
    bounds = (
        (wanted.slower_than_seconds, finding.detail.get("bound_seconds")),
        (wanted.slower_than_medians, finding.detail.get("bound_medians")),
    )
    return any(own is not None and own == passed for own, passed in bounds)


def _fits_trouble(wanted: Wanted, finding: Finding) -> bool:
    """Whether what is asked for was in trouble before, and not only another deployment."""
    doing = finding.detail.get("deployments")
    if doing is None:
        return True
    own = (outcome for name, outcome in doing if _fits_any(wanted.deployments, name))
    return next(own, None) == Outcome.BAD


def _fits_any(globs: tuple[str, ...], name: str | None) -> bool:
    return not globs or (name is not None and any(glob_of(each).match(name) for each in globs))


@functools.lru_cache(maxsize=4_096)
def glob_of(written: str) -> re.Pattern[str]:
    """The pattern of a glob, read once."""
    return re.compile(translate(written))


def _fits_key(written: str, known: Mapping[str, str | None]) -> bool:
    """`key:similar`, `key==:exact`, `key` for one that is set, and `key==` for one that is null."""
    name, separator, value = written.partition(":")
    if not separator:
        return known.get(name) is not None if not name.endswith("==") else _is_null(name, known)
    if name.endswith("=="):
        return known.get(name.removesuffix("==")) == value
    return value.casefold() in (known.get(name) or "").casefold()


def _is_null(name: str, known: Mapping[str, str | None]) -> bool:
    return known.get(name.removesuffix("==")) is None
