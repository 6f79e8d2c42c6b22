"""The README says what the code does."""

from pathlib import Path

from scripts.readme import with_table


def test_the_table_of_tools_is_that_of_the_registry() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text()
    assert with_table(readme) == readme, "run: .venv/bin/python -m scripts.readme"
