"""The small Protocol of adapters that can describe their model."""

from typing import Protocol, runtime_checkable

from llm_core.domain.model_description import ModelDescription


@runtime_checkable
class DescribesModel(Protocol):
    """A chat that describes its model, beside the four methods of the port."""

    def describe(self) -> ModelDescription:
        """Return what is known of the model, without sending anything."""


def description_of(chat: object) -> ModelDescription:
    """Return what *chat* knows of its model; an empty description if it cannot describe it."""
    return chat.describe() if isinstance(chat, DescribesModel) else ModelDescription()
