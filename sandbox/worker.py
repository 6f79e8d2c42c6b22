"""The demo worker: a real mistralai-workflows worker, in a process of its own."""

import asyncio

from mistralai.workflows import run_worker

from sandbox.demo.catalogue import WORKFLOWS


def main() -> None:
    """Serve the demo workflows until the process is ended."""
    asyncio.run(run_worker(WORKFLOWS))


if __name__ == "__main__":
    main()
