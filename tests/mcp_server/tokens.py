"""How many tokens a text costs a model."""

import warnings
from functools import cache
from typing import Any


def count(text: str) -> int:
    """The number of o200k tokens."""
    return len(_encoding().encode(text))


@cache
def _encoding() -> Any:
    # bpe-openai 0.1.4 opens its vocabulary through a deprecated function of importlib.resources.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import bpe_openai

        return bpe_openai.get_encoding("o200k_base")
