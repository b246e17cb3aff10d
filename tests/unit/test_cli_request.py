import json
import re
import stat
from pathlib import Path

import pytest

from llm_core import (
    AssistantMessage,
    ChatSettings,
    FilePart,
    ImagePart,
    JsonSchemaOutput,
    Message,
    SystemMessage,
    TextPart,
    UserMessage,
)
from llm_core.cli.attachments import attachment
from llm_core.cli.conversation import check_place, opening, save
from llm_core.cli.main import run
from llm_core.cli.request_options import schema_of, settings_of
from llm_core.serialization import messages_from_json, messages_to_json
from llm_core.testing import FakeProvider, Replies

TALK: list[Message] = [SystemMessage("Be brief."), UserMessage("Hello."), AssistantMessage("Hi.")]
PNG = b"\x89PNG\r\n\x1a\n"
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 "


@pytest.mark.parametrize(
    ("given", "settings"),
    [
        (["seed=7", "top-p=0.5"], ChatSettings(seed=7, top_p=0.5)),
        (["reasoning_effort=low", "cache=5m"], ChatSettings(reasoning_effort="low", cache="5m")),
        (["service_tier=1"], ChatSettings(service_tier="1")),
        (['stop=["a", "b"]'], ChatSettings(stop=("a", "b"))),
        (["stop=END"], ChatSettings(stop=("END",))),
        (["parallel_tool_calls=false"], ChatSettings(parallel_tool_calls=False)),
        (["extra.top_k=3", 'extra.user={"a": 1}'], ChatSettings(extra={"top_k": 3, "user": {"a": 1}})),
    ],
)
def test_a_setting_is_a_name_and_json_or_text(given: list[str], settings: ChatSettings) -> None:
    assert settings == settings_of(given, {"temperature": None})


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("seed", "--setting seed: must be name=value, as in top_p=0.9"),
        ("=7", "--setting =7: must be name=value"),
        ("tempr=7", "tempr: no such setting; there are temperature, top_p, max_tokens,"),
        ("extra=7", "extra: no such setting"),
        ("temperature=1", "temperature: set twice"),
        ("top_p=2", "top_p: must lie between 0 and 1, got 2"),
        ("top_p=much", "top_p: "),
        ("top_p=NaN", "top_p: "),
        ("extra.seed=1", "extra.seed: has a field of its own"),
    ],
)
def test_a_wrong_setting_is_refused(given: str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}"):
        settings_of([given], {"temperature": 0.5})


def test_a_schema_is_named_after_its_file(tmp_path: Path) -> None:
    path = tmp_path / "my person!.json"
    path.write_text('{"type": "object"}')

    assert JsonSchemaOutput(name="my_person_", schema={"type": "object"}) == schema_of(path)


@pytest.mark.parametrize(
    ("content", "problem"), [(b"{", "not JSON"), (b"[]", "a JSON schema is an object"), (b"\xff", "not text in UTF-8")]
)
def test_a_wrong_schema_is_refused(content: bytes, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "person.json"
    path.write_bytes(content)

    with pytest.raises(ValueError, match=problem):
        schema_of(path)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (PNG, ImagePart(data=PNG)),
        (WEBP, ImagePart(data=WEBP)),
        (b"%PDF-1.7", FilePart(data=b"%PDF-1.7", media_type="application/pdf", name="a.bin")),
        ("\ufeffgrün\n".encode(), TextPart('<file name="a.bin">\ngrün\n\n</file>\n')),
    ],
)
def test_a_file_is_a_part_by_its_first_bytes(content: bytes, part: object, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(content)

    assert part == attachment(tmp_path / "a.bin")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"PK\x03\x04\x00", b"RIFF\x00\x00\x00\x00WAVE"])
def test_another_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(content)

    with pytest.raises(ValueError, match=r"a\.bin: neither text in UTF-8, an image"):
        attachment(tmp_path / "a.bin")


def test_a_missing_file_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["chat", "--echo", "hello", "--file", str(tmp_path / "no.txt")])

    assert (2, f"llm-core: {tmp_path / 'no.txt'}: No such file or directory\n") == (code, capsys.readouterr().err)


def test_files_and_schema_reach_the_provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "person.json").write_text('{"type": "object"}')
    with FakeProvider(Replies(text="{}")) as provider:
        monkeypatch.setenv("LITELLM_API_BASE", f"{provider.url}/v1")
        monkeypatch.setenv("LITELLM_API_KEY", "sk-any-key-at-all")
        files = ["--file", str(tmp_path / "a.png"), "--schema", str(tmp_path / "person.json"), "--setting", "seed=7"]
        code = run(["chat", "--model", "openai/gpt-4o", *files, "Who?"])
        seen = provider.recorder.last

    assert 0 == code
    assert (UserMessage([ImagePart(data=PNG, media_type="image/png"), TextPart("Who?")]),) == seen.messages
    assert JsonSchemaOutput(name="person", schema={"type": "object"}) == seen.output
    assert 7 == seen.settings.seed


def test_a_conversation_is_resumed_and_saved_to_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "talk.json"
    path.write_text(messages_to_json(TALK))

    code = run(["chat", "--echo", "--resume", str(path), "And now?"])

    assert 0 == code
    assert [*TALK, UserMessage("And now?"), AssistantMessage("And now?")] == messages_from_json(path.read_text())
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert [path] == list(tmp_path.iterdir())


def test_a_resumed_conversation_is_saved_elsewhere_on_request(tmp_path: Path) -> None:
    path, other = tmp_path / "talk.json", tmp_path / "other.json"
    path.write_text(messages_to_json(TALK))

    run(["chat", "--echo", "--resume", str(path), "--save", str(other), "And now?"])

    assert TALK == messages_from_json(path.read_text())
    assert 5 == len(messages_from_json(other.read_text()))


@pytest.mark.parametrize(
    ("history", "system", "opened"),
    [
        (TALK, None, TALK),
        (TALK, "Be long.", [SystemMessage("Be long."), *TALK[1:]]),
        (TALK[1:], "Be long.", [SystemMessage("Be long."), *TALK[1:]]),
    ],
)
def test_instructions_replace_those_of_the_file(
    history: list[Message], system: str | None, opened: list[Message], tmp_path: Path
) -> None:
    (tmp_path / "talk.json").write_text(messages_to_json(history))

    assert opened == opening(tmp_path / "talk.json", system)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        '[{"type": "user"}]',
        json.dumps([{"type": "tool", "content": "x", "tool_call_id": "1"}]),  # answers no call
    ],
)
def test_a_file_without_a_conversation_is_wrong_usage(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "talk.json"
    path.write_text(content)

    code = run(["chat", "--echo", "--resume", str(path), "And now?"])

    assert 2 == code
    assert 1 == capsys.readouterr().err.count("\n")
    assert content == path.read_text()


def test_a_place_that_cannot_be_written_is_found_before_the_question_is_sent(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        check_place(tmp_path / "no" / "talk.json")


def test_a_failure_to_write_leaves_the_file(tmp_path: Path) -> None:
    path = tmp_path / "talk.json"
    save(TALK, path)

    with pytest.raises(ValueError, match=r"messages\[0\]"):
        save(["no message"], path)  # type: ignore[list-item]  # on purpose

    assert TALK == messages_from_json(path.read_text())
