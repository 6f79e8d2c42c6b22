"""The README says what the code does."""

from pathlib import Path

from scripts.readme import with_tables


def test_the_tables_of_tools_and_commands_are_those_of_the_registry() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text()
    assert with_tables(readme) == readme, "run: .venv/bin/python -m scripts.readme"
