"""Pictures of executions."""

from bot.pictures.rows import Row, rows_of_picture, rows_of_trace
from bot.pictures.text import waterfall_text
from bot.pictures.waterfall import waterfall

__all__ = ["Row", "rows_of_picture", "rows_of_trace", "waterfall", "waterfall_text"]
