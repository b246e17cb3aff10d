"""The `repr` of values with many defaults: only the fields that differ from them."""

from typing import Protocol

import attrs


class _Printer(Protocol):
    """The printer of hypothesis, as far as it is used."""

    def text(self, obj: str, /) -> None: ...


class BriefRepr:
    """Shows an attrs value without the fields that have their default, in failures and in examples of hypothesis."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the class and the fields that differ from their defaults."""
        class_ = type(self)
        fields = attrs.fields(class_) if attrs.has(class_) else ()
        values = {
            field.name: getattr(self, field.name) for field in fields if getattr(self, field.name) != field.default
        }
        return f"{class_.__name__}({', '.join(f'{name}={value!r}' for name, value in values.items())})"

    def _repr_pretty_(self, printer: _Printer, cycle: bool) -> None:  # noqa: ARG002, FBT001 -- hypothesis passes both
        printer.text(repr(self))
