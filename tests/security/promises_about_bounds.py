"""The promises about the size of what is read, and about values that others wrote."""

from .promise import Fault, Promise, unit

_FRAMING, _BOUNDS = "llm_core/wires/framing.py", "llm_core/domain/json_bounds.py"
_SIZE = unit("decoding_bounds", "the_size_of_json_is_known_before_it_is_decoded")

PROMISES = (
    Promise(
        "Error data is bounded",
        (
            Fault(
                file="llm_core/domain/chat_error.py",
                right="None if detail is None else detail[:MAX_DETAIL]",
                wrong="detail",
                tests=(unit("errors", "a_detail_is_bounded"),),
            ),
            Fault(
                file="llm_core/adapters/litellm/exception_mapping.py",
                right="response.content[:MAX_ERROR].decode(",
                wrong="response.content[:10].decode(",
                tests=(unit("litellm_refusals", "a_huge_body_is_truncated"),),
            ),
            Fault(
                file=_BOUNDS,
                right="MAX_NESTING = 100",
                wrong="MAX_NESTING = 101",
                tests=(unit("decoding_bounds", "arguments_beyond_a_bound_are_an_invalid_call"),),
            ),
        ),
    ),
    Promise(
        "A response on the direct lane is bounded",
        (
            Fault(
                file="llm_core/transport/content_decoding.py",
                right="piece = stream.decompress(data, _PIECE)",
                wrong="piece = stream.decompress(data)",
                tests=(unit("content_decoding", "what_expands_beyond_the_bound_is_not_held"),),
            ),
            Fault(
                file="llm_core/transport/content_decoding.py",
                right='            return Refused(", ".join(other))',
                wrong="            return IDENTITY",
                tests=(unit("content_decoding", "an_encoding_that_is_not_known_is_refused_by_name"),),
            ),
            Fault(
                file="llm_core/transport/endpoints.py",
                right='    "Accept-Encoding": "identity",',
                wrong='    "Accept-Encoding": "gzip",',
                tests=(unit("endpoints", "every_header_is_sent_once_with_the_expected_value"),),
            ),
        ),
    ),
    Promise(
        "a whole answer",
        (
            Fault(
                file="llm_core/wires/body_buffer.py",
                right="if self.is_answer and self._size > MAX_BODY:",
                wrong="if self.is_answer and self._size > 2 * MAX_BODY:",
                tests=(
                    unit("wire_framing", "the_body_of_an_answer_beyond_the_bound_is_a_bad_response"),
                    "tests/fuzz/test_bounds.py::test_a_body_beyond_the_bound_is_a_bad_response[complete]",
                ),
            ),
        ),
    ),
    Promise(
        "one event or line of a stream",
        (
            Fault(
                file=_FRAMING,
                right="if len(self.buffered) > MAX_EVENT:",
                wrong="if len(self.buffered) > 2 * MAX_EVENT:",
                tests=(
                    unit("wire_framing", "an_event_without_an_end_is_a_bad_response"),
                    "tests/fuzz/test_bounds.py::test_an_event_beyond_the_bound_is_a_bad_response",
                ),
            ),
            Fault(
                file=_FRAMING,
                right="self._size += len(line)",
                wrong="self._size = len(line)",
                tests=(unit("wire_framing", "an_event_without_an_end_is_a_bad_response[many lines]"),),
            ),
        ),
    ),
    Promise(
        "a stream",
        (
            Fault(
                file="llm_core/transport/http_answer.py",
                right="if self._size > MAX_STREAM:",
                wrong="if self._size > 2 * MAX_STREAM:",
                tests=(unit("http_answer", "a_stream_event_over_the_size_limit_is_a_bad_response"),),
            ),
        ),
    ),
    Promise(
        "arrays and objects in one JSON text",
        (
            Fault(
                file=_BOUNDS,
                right="if containers > most or commas > most * _COMMAS_PER_CONTAINER:",
                wrong="if containers > most:",
                tests=(_SIZE, unit("decoding_bounds", "arguments_beyond_a_bound_are_an_invalid_call")),
            ),
            Fault(
                file=_BOUNDS,
                right="MAX_CONTAINERS = 65_536",
                wrong="MAX_CONTAINERS = 1_000_000",
                tests=(unit("decoding_bounds", "a_text_of_a_mebibyte_may_hold_65536_arrays_and_objects"),),
            ),
        ),
    ),
    Promise(
        "JSON nesting",
        (
            Fault(
                file=_BOUNDS,
                right="if max(accumulate(steps, initial=level)) > levels:",
                wrong="if max(accumulate(steps, initial=0)) > 10 * levels:",
                tests=(_SIZE,),
            ),
            Fault(
                file="llm_core/domain/json_check.py",
                right="if len(parents) >= MAX_NESTING:",
                wrong="if len(parents) > MAX_NESTING:",
                tests=(unit("json_values", "a_value_may_nest_as_deep_as_the_bound_and_no_deeper"),),
            ),
        ),
    ),
    Promise(
        "tool calls of an answer",
        (
            Fault(
                file="llm_core/ports/open_calls.py",
                right="if len(self.calls) == MAX_CALLS:",
                wrong="if len(self.calls) == MAX_CALLS + 1:",
                tests=(unit("tool_call_assembler", "more_calls_than_the_bound_are_a_bad_response"),),
            ),
            Fault(
                file="llm_core/ports/open_calls.py",
                right="if len(call.name) + len(part) > MAX_NAME:",
                wrong="if len(part) > MAX_NAME:",
                tests=(unit("tool_call_assembler", "a_name_that_does_not_end_is_a_bad_response"),),
            ),
        ),
    ),
    Promise(
        "the body of an error",
        (
            Fault(
                file="llm_core/wires/body_buffer.py",
                right="return self._has_ended or (not self.is_answer and self._size >= MAX_ERROR)",
                wrong="return self._has_ended",
                tests=(
                    unit("wire_framing", "the_body_of_an_error_is_done_at_its_bound"),
                    unit("http_answer", "an_error_body_is_read_up_to_a_limit_and_truncated_in_the_detail"),
                ),
            ),
        ),
    ),
    Promise(
        "the head of a response",
        (
            Fault(
                file="llm_core/transport/response_head.py",
                right="MAX_HEAD = 64 * 1024",
                wrong="MAX_HEAD = 66 * 1024",
                tests=("tests/faults/test_malformed_answers.py::test_the_bound_of_a_head_counts_names_and_values",),
            ),
            Fault(
                file="llm_core/transport/response_parser.py",
                right="_MAX_INCOMPLETE = 100 * 1024",
                wrong="_MAX_INCOMPLETE = 300 * 1024",
                tests=("tests/faults/test_malformed_answers.py::test_a_line_without_an_end_is_refused_at_100_kib",),
            ),
        ),
    ),
    Promise(
        "Messages, tools and schemas are checked",
        (
            Fault(
                file="llm_core/domain/json_values.py",
                right="        return _usual_object(value, MAX_NESTING)\n    except (ValueError",
                wrong="        return dict(value)\n    except (ValueError",
                tests=(
                    unit("json_values", "a_later_change_of_the_original_does_not_reach_the_copy"),
                    unit("json_values", "a_value_that_json_cannot_represent_is_refused_with_its_path"),
                    unit("tools", "a_schema_that_changes_later_does_not_change_the_tool"),
                ),
            ),
        ),
    ),
    Promise(
        "Arguments that are not a JSON object",
        (
            Fault(
                file="llm_core/domain/tools.py",
                right="        return InvalidToolCall(\n",
                wrong="        return ToolCall(id=id, name=name, arguments={})\n        return InvalidToolCall(\n",
                tests=(unit("tools", "text_that_is_not_an_object_is_an_invalid_call_with_that_text"),),
            ),
        ),
    ),
    Promise(
        "A saved conversation builds values",
        (
            Fault(
                file="llm_core/serialization/converter.py",
                right="converter = Converter(forbid_extra_keys=True)",
                wrong="converter = Converter()",
                tests=(unit("invalid_documents", "an_invalid_document_is_refused_with_the_path"),),
            ),
        ),
    ),
)
