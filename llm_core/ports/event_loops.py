"""The event loop that async verbs run on."""

from llm_core.domain.errors import ConfigurationError


def require_asyncio() -> None:
    """Raise ConfigurationError where no event loop of asyncio is running, as under trio."""
    import asyncio

    try:
        asyncio.get_running_loop()
        running = True
    except RuntimeError:
        running = False
    if not running:
        raise ConfigurationError(
            "the async methods need an event loop of asyncio, and none is running here: trio is not supported; "
            "call the sync methods in a thread instead, as with trio.to_thread.run_sync"
        )
