"""What the reader says to text that it cannot take."""

from shared.errors import OpsError


class NotUnderstood(OpsError):
    """The text is no command; `suggestions` are complete ones that may be meant, unescaped."""

    def __init__(self, message: str, suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.suggestions = suggestions
