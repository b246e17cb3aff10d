"""The promises about how a call is sent, and how it ends."""

from .promise import Fault, Promise, clause, secrets, unit

_NO_TARGET = "the_target_of_a_redirect_receives_no_request[openai_chat-acomplete-307]"

PROMISES = (
    Promise(
        "No redirect is followed",
        (
            Fault(
                file="llm_core/transport/async_pool.py",
                right="            return AsyncPooledResponse(",
                wrong="            if 'location' in head.named:\n"
                "                return await self.send(attrs.evolve(request, url=head.named['location']), proxy)\n"
                "            return AsyncPooledResponse(",
                tests=(secrets("secrets", _NO_TARGET), clause("no_redirect_is_followed[307-acomplete]")),
            ),
            Fault(
                file="llm_core/transport/client_transport.py",
                right="timeouts), stream=True, follow_redirects=False)\n        return ClientResponse",
                wrong="timeouts), stream=True)\n        return ClientResponse",
                tests=(
                    unit(
                        "transport_clients", "a_redirect_is_not_followed_even_if_the_client_follows_redirects[complete]"
                    ),
                ),
            ),
        ),
    ),
    Promise(
        "One call is one HTTP attempt",
        (
            Fault(
                file="llm_core/transport/connection_pool.py",
                right="                    head = connection.send(request_bytes(",
                wrong="                    again = open_connection(url, self._proxy, self._certificates, deadline)\n"
                "                    again.send(request_bytes(request, url, None), deadline)\n"
                "                    head = connection.send(request_bytes(",
                tests=(clause("one_call_is_one_attempt[html-complete]"),),
            ),
            Fault(
                file="llm_core/transport/attempt.py",
                right="                    async with aclosing(await self.transports.asend(self.encode(stream=False)))",
                wrong="                    (await self.transports.asend(self.encode(stream=False))).response.close()\n"
                "                    async with aclosing(await self.transports.asend(self.encode(stream=False)))",
                tests=(clause("one_call_is_one_attempt[html-acomplete]"),),
            ),
        ),
    ),
    Promise(
        "A truncated answer never looks like a success",
        (
            Fault(
                file="llm_core/wires/accumulator.py",
                right="        if self._finish_reason is None:\n            has_begun",
                wrong="        if self._finish_reason is None:\n            return 'stop'\n            has_begun",
                tests=(clause("a_break_within_a_stream_is_an_error[unfinished-stream]"),),
            ),
            Fault(
                file="llm_core/wires/body_buffer.py",
                right='return b"".join(self._chunks)',
                wrong='return (b"".join(self._chunks) + b\'"}, "finish_reason": "stop"}]}\')[: 10**7]',
                tests=(clause("a_break_within_the_body_is_an_error[unfinished-complete]"),),
            ),
        ),
    ),
    Promise(
        "A silent server cannot block a caller beyond the timeout",
        (
            Fault(
                file="llm_core/transport/deadline.py",
                right="self._until = time.monotonic() + self.seconds",
                wrong="self._until = time.monotonic() + 60.0",
                tests=(clause("a_silent_provider_is_a_timeout[complete]"),),
            ),
            Fault(
                file="llm_core/transport/attempt.py",
                right="async with asyncio.timeout(self.timeout):",
                wrong="async with asyncio.timeout(60.0):",
                tests=(clause("a_silent_provider_is_a_timeout[acomplete]"),),
            ),
            Fault(
                file="llm_core/transport/attempt.py",
                right="                yield event\n                deadline.reset()\n            deadline.check()",
                wrong="                yield event\n            deadline.reset()",
                tests=(unit("litellm_freed", "chunks_without_events_do_not_delay_the_timeout[direct-stream]"),),
            ),
        ),
    ),
    Promise(
        "Decoding keeps to the timeout",
        (
            Fault(
                file="llm_core/transport/http_answer.py",
                right="        parsed = parse_json_object(data)\n        self.check_deadline()",
                wrong="        parsed = parse_json_object(data)",
                tests=(unit("decoding_bounds", "the_deadline_is_checked_around_each_decoding"),),
            ),
            Fault(
                file="llm_core/domain/json_bounds.py",
                right="_COMMAS_PER_CONTAINER = 4",
                wrong="_COMMAS_PER_CONTAINER = 40",
                tests=(unit("decoding_bounds", "a_text_of_a_mebibyte_may_hold_65536_arrays_and_objects"),),
            ),
        ),
    ),
    Promise(
        "No answer, arguments or document takes more than linear time",
        (
            Fault(
                file="llm_core/domain/json_values.py",
                right="        _encode(value).encode()\n",
                wrong="        [_encode({key: item}).encode() for key, many in value.items() for item in many[::10]]\n",
                tests=(clause("a_long_key_over_many_numbers_is_read_in_linear_time[complete]"),),
            ),
        ),
    ),
    Promise(
        "Any response ends in an answer or a `ChatError`",
        (
            Fault(
                file="llm_core/wires/json_access.py",
                right="[value for value in values if isinstance(value, dict)] if isinstance(values, list) else ()",
                wrong="values or ()",
                tests=(
                    "tests/fuzz/test_wires.py::test_any_whole_answer_is_read_or_refused",
                    "tests/fuzz/test_wires.py::test_any_events_are_read_or_refused",
                ),
            ),
            Fault(
                file="llm_core/serialization/__init__.py",
                right="except (ValueError, RecursionError, BaseValidationError) as error:",
                wrong="except (ValueError, RecursionError) as error:",
                tests=(
                    "tests/fuzz/test_values.py::test_any_stored_document_is_a_value_or_refused",
                    unit("invalid_documents", "an_invalid_document_is_refused_with_the_path"),
                ),
            ),
        ),
    ),
    Promise(
        "Thousands of concurrent calls",
        (
            Fault(
                file="llm_core/ports/partial_response.py",
                right="builder: ResponseBuilder = attrs.field(factory=ResponseBuilder)",
                wrong="builder: ResponseBuilder = attrs.field(default=ResponseBuilder())",
                tests=(clause("threads_share_an_adapter"), clause("tasks_share_an_adapter")),
            ),
            Fault(
                file="llm_core/transport/transports.py",
                right="place = (os.getpid(), asyncio.get_running_loop())\n        own = self._loops.get",
                wrong="place = (os.getpid(), 0)\n        own = self._loops.get",
                tests=(clause("event_loops_share_an_adapter"),),
            ),
            Fault(
                file="llm_core/transport/connection_pool.py",
                right="not (call is not None and call.aborted):\n"
                "                self._idle.keep(self._place, self._connection)\n            else:\n"
                "                self._connection.close()",
                wrong="False:\n                self._idle.keep(self._place, self._connection)\n            else:\n"
                "                vars(parse_url).setdefault('kept', []).append(self._connection)",
                tests=(clause("connections_do_not_pile_up[complete]"),),
            ),
        ),
    ),
    Promise(
        "A `retry_after` is honoured up to 600 seconds",
        (
            Fault(
                file="llm_core/wrappers/retrying.py",
                right="LONGEST_WAIT = 600.0",
                wrong="LONGEST_WAIT = 599.0",
                tests=(unit("retrying", "the_error_decides_how_long_it_waits"),),
            ),
            Fault(
                file="llm_core/wrappers/retrying.py",
                right="LONGEST_WAIT = 600.0",
                wrong="LONGEST_WAIT = 602.0",
                tests=(unit("retrying", "the_error_decides_whether_it_is_tried_again"),),
            ),
            Fault(
                file="llm_core/wrappers/retrying.py",
                right="            type(error).__name__,\n",
                wrong="            repr(error.detail),\n",
                tests=(unit("retrying", "a_retry_is_logged_once_without_prompt_and_detail"),),
            ),
        ),
    ),
    Promise(
        "No key, header or address of an adapter is on a tape of `Recorded`",
        (
            Fault(
                file="llm_core/wrappers/recording.py",
                right="        one.host = one.detail = None",
                wrong="        one.host = None",
                tests=(unit("recorded", "nothing_of_the_adapter_is_on_a_tape"),),
            ),
            Fault(
                file="llm_core/wrappers/tape_file.py",
                right="_PRIVATE = 0o600",
                wrong="_PRIVATE = 0o644",
                tests=(unit("recorded", "the_file_is_private"),),
            ),
            Fault(
                file="llm_core/wrappers/sqlite_store.py",
                right="_PRIVATE = 0o600",
                wrong="_PRIVATE = 0o644",
                tests=(unit("cached", "the_file_of_a_store_is_private"),),
            ),
        ),
    ),
    Promise(
        "A log record of `Logged` holds no content",
        (
            Fault(
                file="llm_core/wrappers/logged.py",
                right="    return _ENDED_BY_CALLER.get(name, name)",
                wrong="    return _ENDED_BY_CALLER.get(name, getattr(error, 'detail', None) or name)",
                tests=(unit("logged", "a_failed_call_is_a_warning_with_the_class_of_the_error"),),
            ),
            Fault(
                file="llm_core/wrappers/logged.py",
                right='" ".join(printable(name).split())',
                wrong="name",
                tests=(unit("logged", "the_name_of_a_model_forges_no_line"),),
            ),
        ),
    ),
    Promise(
        "A span of `Traced` holds no content unless it is asked for",
        (
            Fault(
                file="llm_core/wrappers/traced_calls.py",
                right="on_span=content",
                wrong="on_span=True",
                tests=(unit("traced_has_teeth", "traced_keeps_the_promise[holds_no_content_and_no_secret]"),),
            ),
            Fault(
                file="llm_core/wrappers/traced_calls.py",
                right="printable(str(error))",
                wrong="printable(error.detail or str(error))",
                tests=(unit("traced_has_teeth", "traced_keeps_the_promise[holds_no_content_and_no_secret]"),),
            ),
        ),
    ),
)
