from collections.abc import Callable

import pytest

from llm_core import AudioPart, FilePart, ImagePart, ProviderData, ReasoningPart, TextPart

HALF = "\ud83d"


def test_the_content_of_a_part_may_be_positional() -> None:
    parts = TextPart("text"), AudioPart(b"ab", media_type="audio/wav"), ReasoningPart("thought", signature="s")

    seen = parts[0].text, parts[1].data, parts[2].text, parts[2].signature

    assert ("text", b"ab", "thought", "s") == seen


def test_parts_match_by_position() -> None:
    match TextPart("text"), ReasoningPart("thought"), AudioPart(b"ab", media_type="audio/wav"):
        case TextPart(text), ReasoningPart(thought), AudioPart(data):
            seen = text, thought, data

    assert ("text", "thought", b"ab") == seen


def test_an_image_and_a_document_are_given_by_url_or_as_bytes() -> None:
    parts: list[ImagePart | FilePart] = [
        ImagePart(url="https://a/b.png"),
        ImagePart(data=b"", media_type="image/png"),
        FilePart(url="https://a/b.pdf", media_type="application/pdf"),
        FilePart(data=b"ab", media_type="application/pdf", name="b.pdf"),
    ]

    seen = [(part.url, part.data) for part in parts]

    assert [("https://a/b.png", None), (None, b""), ("https://a/b.pdf", None), (None, b"ab")] == seen


@pytest.mark.parametrize("given", [{}, {"url": "https://a", "data": b"a"}])
@pytest.mark.parametrize("class_", [ImagePart, FilePart])
def test_exactly_one_of_url_and_bytes_must_be_given(
    class_: type[ImagePart | FilePart], given: dict[str, str | bytes]
) -> None:
    refused = pytest.raises(ValueError, match=r"\Aurl, data: exactly one of them must be given\Z")

    with refused:
        class_(**given, media_type="image/png")  # type: ignore[arg-type]  # -- the fields are chosen at run time


@pytest.mark.parametrize(
    ("class_", "given", "problem"),
    [
        (TextPart, {"text": None}, "text: expected str, got NoneType"),
        (TextPart, {"text": "a" + HALF}, "text: half a surrogate pair at character 1"),
        (ImagePart, {"url": ""}, "url: must not be empty"),
        (ImagePart, {"url": b"https://a"}, "url: expected str, got bytes"),
        (ImagePart, {"data": "aGk="}, "data: expected bytes, got str"),
        (ImagePart, {"data": b"a", "media_type": ""}, "media_type: must not be empty"),
        (AudioPart, {"data": None, "media_type": "audio/wav"}, "data: expected bytes, got NoneType"),
        (AudioPart, {"data": b"a", "media_type": ""}, "media_type: must not be empty"),
        (FilePart, {"data": bytearray(b"a"), "media_type": "a/b"}, "data: expected bytes, got bytearray"),
        (FilePart, {"data": b"a", "media_type": None}, "media_type: expected str, got NoneType"),
        (FilePart, {"data": b"a", "media_type": "a/b", "name": ""}, "name: must not be empty"),
        (ReasoningPart, {"text": 1}, "text: expected str, got int"),
        (ReasoningPart, {"text": "", "signature": b"s"}, "signature: expected str, got bytes"),
        (
            ReasoningPart,
            {"text": "", "provider_data": "x"},
            "provider_data: expected a sequence of ProviderData, got str",
        ),
        (ReasoningPart, {"text": "", "provider_data": ["x"]}, "provider_data[0]: expected ProviderData, got str"),
        (ProviderData, {"provider": "", "value": 1}, "provider: must not be empty"),
        (ProviderData, {"provider": "p", "value": {"a": [b"x"]}}, "value.a[0]: bytes is not a JSON value"),
    ],
)
def test_a_bad_field_is_refused_by_name(class_: type[object], given: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=r"\A[a-z]") as caught:
        class_(**given)

    assert problem == str(caught.value)


@pytest.mark.parametrize(
    ("class_", "given", "by_keyword"),
    [
        (ImagePart, (b"a",), {}),
        (AudioPart, (b"a", "audio/wav"), {}),
        (FilePart, (b"a",), {"media_type": "a/b"}),
        (ReasoningPart, ("a", "s"), {}),
        (ProviderData, ("p", 1), {}),
    ],
)
def test_all_other_fields_are_given_by_keyword(
    class_: Callable[..., object], given: tuple[object, ...], by_keyword: dict[str, object]
) -> None:
    refused = pytest.raises(TypeError, match="positional")

    with refused:
        class_(*given, **by_keyword)


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        (AudioPart(b"secret", media_type="audio/wav"), "AudioPart(data=<6 bytes>, media_type='audio/wav')"),
        (ImagePart(data=b"secret"), "ImagePart(data=<6 bytes>, url=None, media_type=None)"),
        (ImagePart(url="u"), "ImagePart(data=None, url='u', media_type=None)"),
    ],
)
def test_the_repr_shows_the_number_of_bytes(part: AudioPart | ImagePart, shown: str) -> None:
    seen = repr(part)

    assert shown == seen


def test_provider_data_is_any_json_value_copied_deeply() -> None:
    blocks = [{"type": "thinking"}]
    data = ProviderData(provider="acme", value=blocks)

    blocks.append({"type": "later"})

    assert [{"type": "thinking"}] == data.value
    assert None is ProviderData(provider="acme", value=None).value


def test_sequences_become_tuples() -> None:
    data = ProviderData(provider="acme", value=1)

    part = ReasoningPart("x", provider_data=[data])

    assert (data,) == part.provider_data
