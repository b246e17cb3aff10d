"""`timeout`, and `close` from another thread, in each phase of a sync call: lookup, connect, TLS, head and body."""

import asyncio
import gc
import importlib
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress

import attrs
import pytest

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.domain.errors import ChatError, ChatTimeoutError, ConnectionFailedError, StreamInterruptedError
from llm_core.testing import FakeProvider, Replies
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode
from llm_core.transport import lookups

TIMEOUT = 0.3  # seconds
LATEST = 5.0  # seconds: a fault takes 20 or more
REQUEST = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=TIMEOUT))
PATIENT = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=60))
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
EVENT = b'data: {"choices": [{"index": 0, "delta": {"content": "Hi."}}]}\n\n'


@pytest.fixture(scope="module", autouse=True)
def _import() -> None:
    for name in ("async_pool", "connection_pool"):
        importlib.import_module(f"llm_core.transport.{name}")  # no timeout should include it


@contextmanager
def full_listener(host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Listen without accepting, with a full backlog: further connections get no reply."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(0)
        place = listener.getsockname()
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)  # noqa: FBT003 -- its name in the standard library
            with suppress(BlockingIOError):
                filler.connect(place)
        time.sleep(0.02)
        yield place[1]


@contextmanager
def answering(data: bytes, *, reads: bool = True) -> Iterator[int]:
    """Accept connections, send *data*, and hold them open."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    held.append(connection)
                    if reads:
                        connection.recv(65536)
                    connection.sendall(data)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in held:
                connection.close()


def chat_at(host: str, port: int, *, scheme: str = "http") -> DirectChat:
    return DirectChat("openai/x", api_key="k", api_base=f"{scheme}://{host}:{port}/v1")


class SlowNames:
    """`socket.getaddrinfo` as a resolver that knows *names*, and takes its time for the names that begin with slow."""

    def __init__(self, names: dict[str, tuple[str, ...]]) -> None:
        self.names = names
        self.asked: list[str] = []
        self.release = threading.Event()
        self.original = socket.getaddrinfo

    def __call__(self, host: str, port: int, *args: object, **options: object) -> list[object]:
        if host not in self.names:
            return list(self.original(host, port, *args, **options))  # type: ignore[arg-type]
        self.asked.append(host)
        if host.startswith("slow"):
            self.release.wait(20)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in self.names[host]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowNames]:
    """The machine's resolver, which a test cannot make slow otherwise."""
    slow = SlowNames({"slow.test": ("127.0.0.1",), "many.test": ("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5")})
    monkeypatch.setattr(socket, "getaddrinfo", slow)
    yield slow
    slow.release.set()
    for _ in range(100):
        if not any(lookups._running.values()):
            break
        time.sleep(0.01)


def time_out(chat: DirectChat, mode: Mode, request: ChatRequest = REQUEST) -> float:
    began = time.monotonic()
    with pytest.raises(ChatTimeoutError):
        call_in_mode(chat, request, mode)
    return time.monotonic() - began


@pytest.mark.parametrize("mode", EVERY)
def test_a_slow_name_server_is_a_timeout_and_nothing_waits_for_it(mode: Mode, names: SlowNames) -> None:
    waited = time_out(chat_at("slow.test", 9), mode)

    assert TIMEOUT * 0.9 < waited < LATEST
    assert ["slow.test"] == names.asked


def test_calls_to_one_host_share_a_lookup_and_at_most_a_few_run(names: SlowNames) -> None:
    names.names |= {f"slow-{number}.test": ("127.0.0.1",) for number in range(20)}
    hosts = ["slow.test"] * 5 + [f"slow-{number}.test" for number in range(20)]
    threads = [threading.Thread(target=time_out, args=(chat_at(host, 9), "complete")) for host in hosts]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert lookups.MAX_LOOKUPS >= len(names.asked) == len(set(names.asked))
    with FakeProvider(Replies()) as fake_provider:
        names.release.set()
        port = int(fake_provider.url.rpartition(":")[2])
        assert call_in_mode(chat_at("slow.test", port), PATIENT, "complete").text == "Hello."


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize("mode", EVERY)
def test_four_addresses_that_accept_nothing_share_one_timeout(mode: Mode) -> None:
    with ExitStack() as stack:
        port = stack.enter_context(full_listener("127.0.0.2"))
        for last in (3, 4, 5):
            stack.enter_context(full_listener(f"127.0.0.{last}", port))

        of_one = time_out(chat_at("127.0.0.2", port), mode)
        of_four = time_out(chat_at("many.test", port), mode)

    assert TIMEOUT * 0.9 < of_four < 2.5 * of_one


@pytest.mark.parametrize("mode", EVERY)
def test_an_address_that_is_silent_is_waited_for_if_another_refuses(mode: Mode, names: SlowNames) -> None:
    names.names["two.test"] = ("127.0.0.2", "127.0.0.9")

    with full_listener("127.0.0.2") as port:
        waited = time_out(chat_at("two.test", port), mode)

    assert TIMEOUT * 0.9 < waited < LATEST


@pytest.mark.parametrize("mode", EVERY)
def test_an_address_that_accepts_is_used_beside_one_that_does_not(mode: Mode, names: SlowNames) -> None:
    names.names["two.test"] = ("127.0.0.2", "127.0.0.1")

    with FakeProvider(Replies()) as fake_provider:
        port = int(fake_provider.url.rpartition(":")[2])
        with full_listener("127.0.0.2", port):
            seen = call_in_mode(chat_at("two.test", port), PATIENT, mode).text

    assert seen == "Hello."


PHASES: dict[str, Callable[[], AbstractContextManager[int]]] = {
    "connect": full_listener,
    "TLS": lambda: answering(b"", reads=False),
    "head": lambda: answering(b""),
    "within the head": lambda: answering(HEAD[:20]),
    "first event": lambda: answering(HEAD),
    "next event": lambda: answering(HEAD + EVENT),
}


@contextmanager
def slow_reader() -> Iterator[int]:
    """Read 64 KiB every 20 ms, so that no single write takes long."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stopping = threading.Event()

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    while not stopping.is_set() and connection.recv(65536):
                        time.sleep(0.02)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        stopping.set()  # the kernel holds megabytes that it would go on to read
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("mode", ["complete", "stream"])
def test_a_server_that_reads_a_large_request_slowly_is_a_timeout(mode: Mode) -> None:
    large = attrs.evolve(REQUEST, messages=[UserMessage("x" * 40_000_000)])

    with slow_reader() as port:
        waited = time_out(chat_at("127.0.0.1", port), mode, large)

    assert waited < LATEST


def test_the_connection_of_a_request_that_was_sent_in_part_is_closed_when_its_async_call_is_over() -> None:
    request = ChatRequest(messages=[UserMessage("x" * 20_000_000)], settings=ChatSettings(timeout=TIMEOUT))
    with socket.create_server(("127.0.0.1", 0)) as listener, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        chat = chat_at("127.0.0.1", listener.getsockname()[1])
        with pytest.raises(ChatTimeoutError):
            asyncio.run(chat.acomplete(request))
        gc.collect()

    assert [] == [str(warning.message) for warning in caught]


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize("phase", ["lookup", *PHASES])
@pytest.mark.parametrize(("closed", "mode"), [("stream", "stream"), ("chat", "stream"), ("chat", "complete")])
def test_a_close_from_another_thread_ends_a_call_in_every_phase(phase: str, closed: str, mode: Mode) -> None:
    with ExitStack() as stack:
        host = "slow.test" if phase == "lookup" else "127.0.0.1"
        port = 9 if phase == "lookup" else stack.enter_context(PHASES[phase]())
        chat = chat_at(host, port, scheme="https" if phase == "TLS" else "http")
        stream = chat.stream(PATIENT)
        outcome: list[object] = []

        def call() -> None:
            try:
                outcome.extend(stream if mode == "stream" else [chat.complete(PATIENT)])
            except ChatError as error:
                outcome.append(error)

        thread = threading.Thread(target=call)
        thread.start()
        time.sleep(0.1)
        assert thread.is_alive()

        began = time.monotonic()
        stream.close() if closed == "stream" else chat.close()
        thread.join(10)
        waited = time.monotonic() - began

    assert waited < LATEST
    if closed == "stream":
        assert [] == [event for event in outcome if not getattr(event, "text", "")]
        with pytest.raises(RuntimeError):
            _ = stream.response
    else:
        expected = StreamInterruptedError if "event" in phase else ConnectionFailedError
        assert expected is type(outcome[-1])
        assert "the chat was closed while the call was in progress" == outcome[-1].detail
