"""Writes the table of tools into the README: `python -m scripts.readme`."""

from pathlib import Path

from shared.operation import Effect
from shared.operations import OPERATIONS

_README = Path(__file__).parent.parent / "README.md"
_BEGIN, _END = "<!-- tools: begin -->\n", "<!-- tools: end -->"


def main() -> None:
    """Bring the README up to date."""
    _README.write_text(with_table(_README.read_text()))


def with_table(text: str) -> str:
    """The README with the table of tools as the registry has it."""
    before, rest = text.split(_BEGIN)
    _, after = rest.split(_END)
    return f"{before}{_BEGIN}{_table()}{_END}{after}"


def _table() -> str:
    rows = ["| effect | tool | what it does |", "|---|---|---|"]
    for effect in Effect:
        rows += [
            f"| {effect} | `{each.name}` | {each.summary} |"
            for each in OPERATIONS
            if each.effect is effect
        ]
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    main()
