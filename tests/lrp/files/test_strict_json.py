"""JSON that all readers understand alike."""

import pytest

from lrp.files.strict_json import strict_json


def test_json_is_read_and_names_that_stand_twice_are_refused() -> None:
    assert strict_json(b'{"a": [1, {"a": 2}]}') == {"a": [1, {"a": 2}]}
    for text, words in (
        ("{", "is not JSON"), ("[" * 100_000, "is not JSON"), (b"\xff", "is not JSON"),
        ('[{"a": 1, "b": 1, "a\\u001b": 0, "a\\u001b": 2}]', r"has 'a\\x1b' twice"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            strict_json(text)
