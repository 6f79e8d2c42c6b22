# The front door. Every target works as the first command on a machine with Python 3.12 and make.
.PHONY: setup demo test lint bench lock browser screenshots

setup: .venv/.ready

.venv/.ready: pyproject.toml requirements.lock scripts/setup.sh
	@sh scripts/setup.sh

demo: setup
	@.venv/bin/python -m scripts.demo

# Most tests wait for a sandbox, which they share: three at a time keep two cores busy.
test: setup
	@.venv/bin/python -m pytest -n 3 --dist worksteal --hypothesis-profile steady

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache

bench: setup
	@.venv/bin/python -m benchmarks

lock: setup
	@sh scripts/lock.sh

browser:
	@sh scripts/browser.sh

screenshots: setup browser
	@.venv/bin/python -m scripts.screenshots
