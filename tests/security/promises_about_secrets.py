"""The promises about keys, prompts and what is printed."""

from .promise import Fault, Promise, clause, secrets, unit

_SPELLINGS = "llm_core/domain/secret_spellings.py"
_MASKING = unit("masking", "every_spelling_of_a_secret_is_masked")
_OUTPUT = "no_output_shows_a_key_and_only_the_detail_shows_the_prompt"


def _spelling(right: str, wrong: str, *tests: str) -> Fault:
    return Fault(file=_SPELLINGS, right=right, wrong=wrong, tests=(_MASKING, *tests))


PROMISES = (
    Promise(
        "No key is in an error",
        (
            Fault(
                file="llm_core/transport/error_mapping.py",
                right="ours.detail = masked(ours.detail, context.secrets)[:MAX_DETAIL] if ours.detail else None",
                wrong="pass",
                tests=(
                    secrets("secrets", f"{_OUTPUT}[HTML-direct-handed in]"),
                    clause("an_error_holds_no_secret_and_no_third_party_object[html-complete]"),
                ),
            ),
            Fault(
                file="llm_core/transport/error_mapping.py",
                right="return None if id is None else masked(id, context.secrets)",
                wrong="return id",
                tests=(secrets("secrets", f"{_OUTPUT}[429-direct-handed in]"),),
            ),
            Fault(
                file="llm_core/transport/error_mapping.py",
                right="failure.__context__ = None",
                wrong="pass",
                tests=(
                    secrets("secrets", f"{_OUTPUT}[no HTTP-direct-handed in]"),
                    clause("an_error_holds_no_secret_and_no_third_party_object[cut-complete]"),
                ),
            ),
            Fault(
                file="llm_core/transport/log_levels.py",
                right="logger.setLevel(max(level, logger.getEffectiveLevel()))",
                wrong="pass",
                tests=(unit("transport_log_levels", "a_client_of_the_caller_logs_no_url"),),
            ),
            Fault(
                file="llm_core/transport/adapter_config.py",
                right="repr=lambda settings: repr(_without_extra(settings))",
                wrong="repr=repr",
                tests=(secrets("addresses", "the_repr_of_an_adapter_shows_neither_url_keys_nor_extra_settings"),),
            ),
            Fault(
                file="llm_core/env_settings.py",
                right='("api key", settings.api_key and MASK)',
                wrong='("api key", settings.api_key)',
                tests=(unit("env_settings", "effective_settings_are_masked_and_name_their_variables"),),
            ),
            Fault(
                file="llm_core/adapters/litellm/exception_mapping.py",
                right="secrets=(*context.secrets, *sent_keys(chain))",
                wrong="secrets=context.secrets",
                tests=(unit("litellm_refusals", "given_and_sent_keys_are_masked"),),
            ),
        ),
    ),
    Promise(
        "Keys are masked in every spelling",
        (
            _spelling("{secret, secret.strip()}", "{secret}"),
            _spelling("yield from (repr(plain)[1:-1], ascii(plain)[1:-1], repr(octets)[2:-1])", "pass"),
            _spelling("percent = quote(octets, safe=safe)", "percent = plain"),
            _spelling('(escaped, escaped.replace("/", "\\\\/"), json.dumps(escaped)[1:-1])', "()"),
            _spelling("yield html.escape(plain)", "pass"),
            _spelling('(octets, b":" + octets, octets + b":")', "()", clause("the_key_is_masked_in_every_spelling")),
        ),
    ),
    Promise(
        "No local of a frame of ours shows a key",
        (
            Fault(
                file="llm_core/domain/secret_text.py",
                right="        return MASK",
                wrong="        return str.__repr__(self)",
                tests=(secrets("interrupts", "no_frame_shows_a_key_where_an_adapter_cannot_be_created"),),
            ),
            Fault(
                file="llm_core/domain/reprs.py",
                right="case str() if may_be_a_key(value):",
                wrong="case None:",
                tests=(
                    secrets("interrupts", "no_frame_shows_a_key_while_a_call_waits[head-direct-handed in-complete]"),
                    secrets("secrets", f"{_OUTPUT}[401-direct-handed in]"),
                ),
            ),
            Fault(
                file="llm_core/transport/http_connection.py",
                right='return memoryview(request_head(f"POST {target}", headers) + request.content)',
                wrong='return request_head(f"POST {target}", headers) + request.content',
                tests=(
                    secrets("interrupts", "no_frame_shows_a_key_while_a_call_waits[head-direct-handed in-complete]"),
                ),
            ),
            Fault(
                file="llm_core/transport/async_pool.py",
                right="        connection = self._idle.take(place)\n",
                wrong="        connection, sent = self._idle.take(place), request.content\n",
                tests=(
                    secrets("interrupts", "no_frame_shows_a_key_while_a_call_waits[head-direct-handed in-acomplete]"),
                ),
            ),
        ),
    ),
    Promise(
        "The login of a proxy in the environment is in no error",
        (
            Fault(
                file="llm_core/transport/endpoints.py",
                right="*url_keys(base), *proxy_keys())",
                wrong="*url_keys(base))",
                tests=(secrets("proxies", "no_output_shows_the_password_of_a_proxy[quotes-http]"),),
            ),
            Fault(
                file="llm_core/transport/proxies.py",
                right='raise ConfigurationError(f"{variable}: it is not the URL of a proxy")',
                wrong='raise ConfigurationError(f"{variable}: {str(proxy)} is not the URL of a proxy")',
                tests=(secrets("proxies", "an_unusable_proxy_does_not_show_its_password"),),
            ),
        ),
    ),
    Promise(
        "White space around a key",
        (
            Fault(
                file="llm_core/transport/secret_values.py",
                right="inner = SecretText(value.strip(_AROUND))",
                wrong="inner = value",
                tests=(
                    unit(
                        "adapter_config",
                        "white_space_around_a_key_an_address_and_a_header_is_left_out_with_one_warning_each",
                    ),
                ),
            ),
            Fault(
                file="llm_core/transport/secret_values.py",
                right="(warn or _warn)(name)",
                wrong="pass",
                tests=(
                    unit(
                        "adapter_config",
                        "white_space_around_a_key_an_address_and_a_header_is_left_out_with_one_warning_each",
                    ),
                ),
            ),
            Fault(
                file="llm_core/transport/secret_values.py",
                right="return _CONTROL.search(value) is None",
                wrong="return True",
                tests=(
                    unit("adapter_config", "a_key_with_a_control_character_is_refused_and_not_shown"),
                    unit(
                        "adapter_config",
                        "a_key_of_the_environment_or_a_function_with_a_control_character_is_refused_by_name",
                    ),
                ),
            ),
        ),
    ),
    Promise(
        "What a model, a provider or an adapter wrote controls no terminal",
        (
            Fault(
                file="llm_core/domain/printable.py",
                right="\\x7f-\\x9f",
                wrong="\\x7f",
                tests=(
                    unit("printable", "a_screen_is_clean"),
                    unit("printable", "the_words_of_an_error_on_the_command_line_are_clean"),
                ),
            ),
            Fault(
                file="llm_core/domain/printable.py",
                right="\\u202a-\\u202e",
                wrong="\\u202a",
                tests=(
                    unit("printable", "a_contract_on_the_terminal_is_clean"),
                    unit("printable", "the_page_and_the_document_of_a_contract_are_clean"),
                ),
            ),
            Fault(
                file="llm_core/domain/printable.py",
                right='return _UNPRINTABLE.sub(lambda found: f"\\\\u{ord(found[0]):04x}", text)',
                wrong="return text",
                tests=(unit("printable", "the_json_of_an_answer_is_clean_and_whole"),),
            ),
            Fault(
                file="llm_core/testing/report/results.py",
                right='message: str = attrs.field(default="", converter=printable)',
                wrong='message: str = attrs.field(default="")',
                tests=(unit("printable", "the_page_and_the_document_of_a_contract_are_clean"),),
            ),
        ),
    ),
    Promise(
        "A key is sent only to its provider",
        (
            Fault(
                file="llm_core/transport/endpoints.py",
                right="headers = merge_headers(_HEADERS, profile.headers, credential, config.headers)",
                wrong='headers = merge_headers(_HEADERS, {"X-Copy": "".join(credential.values())}, credential)',
                tests=(unit("endpoints", "the_key_is_sent_in_one_header_and_nowhere_else"),),
            ),
            Fault(
                file="llm_core/transport/credentials.py",
                right="found = first_named(profile.key_variables)",
                wrong='found = first_named(("OPENAI_API_KEY", *profile.key_variables))',
                tests=(unit("endpoints", "a_key_is_read_only_from_the_variables_of_the_provider"),),
            ),
            Fault(
                file="llm_core/transport/credentials.py",
                right="    key = given_key(config)\n",
                wrong="    key = (given_key(config) or '')[:-1] or None\n",
                tests=(clause("the_key_is_sent"),),
            ),
        ),
    ),
    Promise(
        "A prompt is in no log record",
        (
            Fault(
                file="llm_core/domain/chat_error.py",
                right='return f"{self._sentence()} ({facts})" if facts else self._sentence()',
                wrong='return f"{self._sentence()} ({facts}) {self.detail}"',
                tests=(
                    unit("errors", "the_detail_is_in_neither_str_repr_nor_args"),
                    secrets("secrets", f"{_OUTPUT}[401-direct-handed in]"),
                    clause("an_error_holds_no_secret_and_no_third_party_object[html-complete]"),
                ),
            ),
        ),
    ),
    Promise(
        "Secrets, settings and messages of one call do not reach another",
        (
            Fault(
                file="llm_core/transport/direct_calls.py",
                right="        target, settings, ignored = self._choose(request, merged, name)\n",
                wrong="        merged = globals().setdefault('kept', merged)\n"
                "        target, settings, ignored = self._choose(request, merged, name)\n",
                tests=(clause("nothing_of_a_request_reaches_the_next"),),
            ),
            Fault(
                file="llm_core/domain/json_values.py",
                right="        return _usual_object(value, MAX_NESTING)\n    except (ValueError",
                wrong="        return value\n    except (ValueError",
                tests=(unit("json_values", "a_later_change_of_the_original_does_not_reach_the_copy"),),
            ),
        ),
    ),
)
