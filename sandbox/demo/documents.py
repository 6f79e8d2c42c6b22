"""Document processing: one activity per page, inside a task that reports progress."""

import asyncio

from mistralai.workflows import activity, task, workflow
from pydantic import BaseModel, Field

from sandbox.clock import PATIENCE, lasting

_TITLES = ("Invoice", "Delivery note", "Terms of sale", "Order form")


class DocumentInput(BaseModel):
    pages: int = Field(default=3, ge=1, le=200, description="How many pages the document has.")


class Progress(BaseModel):
    """The state that the progress task and the `progress` query show."""

    done: int = 0
    total: int
    text: str = ""


class Document(BaseModel):
    pages: int
    words: int
    titles: list[str]


class Page(BaseModel):
    number: int
    title: str
    words: int


@activity(name="extract_page", start_to_close_timeout=PATIENCE)
async def extract_page(number: int) -> Page:
    """Read one page."""
    await asyncio.sleep(lasting(1.2).total_seconds())
    title = _TITLES[(number - 1) % len(_TITLES)]
    return Page(number=number, title=title, words=180 + 37 * number % 90)


@activity(name="index_document", start_to_close_timeout=PATIENCE)
async def index_document(titles: list[str]) -> int:
    """Make the document searchable."""
    await asyncio.sleep(lasting(0.8).total_seconds())
    return len(titles)


@workflow.define(
    name="document-processing",
    workflow_display_name="Document processing",
    workflow_description="Reads a document page by page and makes it searchable.",
)
class DocumentProcessing:
    def __init__(self) -> None:
        self._progress = Progress(total=0)

    @workflow.entrypoint
    async def run(self, params: DocumentInput) -> Document:
        """Read every page, then index the document."""
        self._progress = Progress(total=params.pages)
        pages: list[Page] = []
        async with task("document", state=self._progress.model_copy()) as progress:
            for number in range(1, params.pages + 1):
                page = await extract_page(number)
                pages.append(page)
                self._progress.done = number
                self._progress.text += f"{page.title} (page {number}). "
                await progress.update_state(self._progress.model_dump())
        titles = [page.title for page in pages]
        await index_document(titles)
        return Document(pages=len(pages), words=sum(page.words for page in pages), titles=titles)

    @workflow.query(name="progress", description="How many pages are done.")
    def progress(self) -> Progress:
        return self._progress
