"""The doctor's table: readable in any terminal, and steered by nobody."""

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.doctor.check import Check, Outcome, Verdict
from shared.doctor.table import WIDTH, write_table

_CHECK = Check("API", "clock", Outcome(Verdict.BAD, "it is late", "Set it."))


class Terminal(io.StringIO):
    """A file that a person looks at."""

    def isatty(self) -> bool:
        return True


def written(checks: list[Check], out: io.StringIO) -> str:
    """What the table is."""
    write_table(checks, out)
    return out.getvalue()


def test_colours_are_for_terminals_whose_owner_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[31mbad" in written([_CHECK], Terminal())
    assert "\x1b" not in written([_CHECK], io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in written([_CHECK], Terminal())


def test_groups_come_once_and_advice_stands_below_what_was_found() -> None:
    fine = Check("Store", "schema", Outcome(Verdict.OK, "current"))
    assert written([_CHECK, fine], io.StringIO()).splitlines() == [
        "API",
        "  bad      clock  it is late",
        "                  Set it.",
        "Store",
        "  ok       schema  current",
        "1 ok, 1 bad.",
    ]


@given(
    st.lists(
        st.builds(
            Check,
            st.sampled_from(["API", "Slack"]),
            st.sampled_from(["clock", "pages go on where the last one ended"]),
            st.builds(Outcome, st.sampled_from(Verdict), st.text(), st.text()),
        ),
        max_size=5,
    )
)
def test_whatever_was_found_fits_and_leaves_the_terminal_alone(checks: list[Check]) -> None:
    shown = written(checks, io.StringIO())

    assert all(len(line) <= WIDTH for line in shown.split("\n"))
    assert not {unicodedata.category(each) for each in shown.replace("\n", "")} & {"Cc", "Cs"}
