"""What a `ChatError` was caused by, told without the vendor's own values."""


class ProviderFault(Exception):  # noqa: N818 -- a cause beside the error, not an error that anyone catches
    """The cause of a `ChatError`, in our own words: the vendor's type by name, and a text that quotes nobody."""

    def __init__(self, vendor_type: str, text: str) -> None:
        """Keep the vendor's class by name, and how it came about."""
        super().__init__(vendor_type, text)
        self.vendor_type = vendor_type
        self.text = text

    def __str__(self) -> str:
        """Say both in a line."""
        return f"{self.vendor_type}: {self.text}" if self.text else self.vendor_type
