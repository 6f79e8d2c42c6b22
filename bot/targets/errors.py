"""What is said where no one thing can be meant."""

from shared.errors import InvalidArguments


class UnclearTarget(InvalidArguments):
    """Nothing fits, or more than one thing does; `candidates` are ids that may be meant."""

    def __init__(self, message: str, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.candidates = candidates
