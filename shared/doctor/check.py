"""One thing that was looked at, and what was seen."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How it is; a warning is worth a look, what is bad does not work."""

    OK = "ok"
    WARNING = "warning"
    BAD = "bad"
    SKIPPED = "skipped"
    """It could not be told, or does not apply here."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found, and what to do about it where it is not well."""

    verdict: Verdict
    found: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """An outcome under its name, within a group such as `Slack`."""

    group: str
    name: str
    outcome: Outcome

    @property
    def verdict(self) -> Verdict:
        """How it is."""
        return self.outcome.verdict


@dataclass(frozen=True, slots=True)
class Examination:
    """How to come to an outcome; `look` may raise OpsError, which is bad news."""

    group: str
    name: str
    look: Callable[[], Awaitable[Outcome]]


def fine(found: str) -> Outcome:
    """It is well."""
    return Outcome(Verdict.OK, found)


def warning(found: str, advice: str) -> Outcome:
    """It is worth a look."""
    return Outcome(Verdict.WARNING, found, advice)


def bad(found: str, advice: str) -> Outcome:
    """It does not work."""
    return Outcome(Verdict.BAD, found, advice)


def skipped(found: str, advice: str = "") -> Outcome:
    """Nobody can say."""
    return Outcome(Verdict.SKIPPED, found, advice)


def all_well(checks: Iterable[Check]) -> bool:
    """Whether nothing is bad; warnings are no reason to call anybody."""
    return all(check.verdict is not Verdict.BAD for check in checks)
