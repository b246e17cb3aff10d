import pytest

from llm_core import StreamEnd


def test_an_end_holds_a_response() -> None:
    with pytest.raises(ValueError, match=r"\Aresponse: expected ChatResponse, got str\Z"):
        StreamEnd(response="done")  # type: ignore[arg-type]  # -- a caller without mypy
