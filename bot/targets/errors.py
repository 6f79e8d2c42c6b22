"""What is said where no one thing can be meant."""

from shared.errors import InvalidArguments


class UnclearTarget(InvalidArguments):
    """Nothing fits, or more than one thing does; `candidates` are ids that may be meant by `said`.

    Where nothing was said at all, `said` is empty.
    """

    def __init__(self, message: str, candidates: tuple[str, ...] = (), said: str = "") -> None:
        super().__init__(message)
        self.candidates = candidates
        self.said = said
