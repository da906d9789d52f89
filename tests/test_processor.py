"""That the tests can be run as a processor without AVX-512 would run them."""

import os

from tests.processor import ISAS, instruction_sets


def test_avx2_is_what_torch_and_onednn_use_when_asked() -> None:
    assert instruction_sets("avx2") == "torch AVX2, oneDNN Intel AVX2"


def test_what_the_environment_asks_for_took_effect() -> None:
    if ISAS["avx2"].items() <= os.environ.items():
        assert instruction_sets() == instruction_sets("avx2")
    else:
        assert "unknown" not in instruction_sets()
