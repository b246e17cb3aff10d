"""The document of an error: its class, its fields, and the errors of the attempts before."""

from inspect import isclass

import attrs

from llm_core.domain import errors
from llm_core.domain.errors import ChatError, RecordingMissingError, UnsupportedFeatureError
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.reprs import shortened
from llm_core.domain.usage import Usage
from llm_core.domain.validators import Field

_CLASSES: dict[str, type[ChatError]] = {
    name: value for name, value in vars(errors).items() if isclass(value) and issubclass(value, ChatError)
}


def _class_name(_: object, field: Field, value: str) -> None:
    if value not in _CLASSES:
        raise ValueError(f"{field.name}: no error class {shortened(repr(value))}")


@attrs.frozen(kw_only=True)
class ErrorDocument:
    """The fields of an error; `type` is the name of its class, or of the nearest one of this project."""

    type: str = attrs.field(validator=_class_name)
    provider: str | None = None
    model: str | None = None
    host: str | None = None
    status_code: int | None = None
    request_id: str | None = None
    retry_after: float | None = None
    retryable: bool | None = None
    feature: str | None = None
    differs_at: str | None = None
    detail: str | None = None
    partial: AssistantMessage | None = None
    usage: Usage | None = None
    previous: "tuple[ErrorDocument, ...]" = ()


attrs.resolve_types(ErrorDocument)


def document_of_error(error: ChatError) -> ErrorDocument:
    """Return the document of *error*; its cause and its traceback are not part of it."""
    nearest = next(class_ for class_ in type(error).__mro__ if _CLASSES.get(class_.__name__) is class_)
    return ErrorDocument(
        type=nearest.__name__,
        provider=error.provider,
        model=error.model,
        host=error.host,
        status_code=error.status_code,
        request_id=error.request_id,
        retry_after=error.retry_after,
        retryable=None if error.retryable is nearest.retryable else error.retryable,
        feature=error.feature if isinstance(error, UnsupportedFeatureError) else None,
        differs_at=error.differs_at if isinstance(error, RecordingMissingError) else None,
        detail=error.detail,
        partial=error.partial,
        usage=error.usage,
        previous=tuple(map(document_of_error, error.previous)),
    )


def error_of_document(document: ErrorDocument) -> ChatError:
    """Return the error of *document*."""
    error = _CLASSES[document.type](
        provider=document.provider,
        model=document.model,
        host=document.host,
        status_code=document.status_code,
        request_id=document.request_id,
        retry_after=document.retry_after,
        detail=document.detail,
        partial=document.partial,
        usage=document.usage,
        previous=tuple(map(error_of_document, document.previous)),
    )
    if document.retryable is not None:
        error.retryable = document.retryable
    if isinstance(error, UnsupportedFeatureError):
        error.feature = document.feature
    if isinstance(error, RecordingMissingError):
        error.differs_at = document.differs_at
    return error
