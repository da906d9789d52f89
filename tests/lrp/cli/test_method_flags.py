"""The command line: every setting of every method is an option."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import lrp
from lrp.cli.main import build_parser, main
from lrp.cli.method_flags import make_methods
from lrp.settings import parameter, value_in_words
from tests.lrp.cli.kit import QUICK, SETTINGS, picture, record, refusal


def made(*arguments: str) -> list[Any]:
    args = build_parser().parse_args(["explain", "photo.png", *arguments])
    return make_methods(args.method, args)


@pytest.mark.parametrize(("name", "setting"), SETTINGS, ids=lambda value: getattr(value, "name", value))
def test_every_setting_of_every_method_is_an_option(name: str, setting: Any):
    meta, flag = setting.metadata, "--" + setting.name.replace("_", "-")
    if isinstance(setting.default, bool):
        values = {True: [flag], False: ["--no-" + setting.name.replace("_", "-")]}
    else:
        values = {value: [flag, value_in_words(value)] for value in meta["options"] or meta["range"]}
    for value, arguments in values.items():
        (method,) = made("--method", name, *arguments)
        assert method == lrp.METHODS[name](**{setting.name: value})
        assert type(getattr(method, setting.name)) is type(value) or isinstance(setting.default, int)


def test_a_setting_reaches_every_chosen_method_that_has_it():
    both = made("--method", "uniform-epsilon", "--method", "integrated-gradients", *QUICK, "--epsilon", "3", "--no-zero-bias")
    assert both == [lrp.UniformEpsilon(3.0), lrp.IntegratedGradients(), lrp.EpsilonPlusFlat(3.0)]


def test_a_method_named_twice_is_run_once():
    assert made(*QUICK, *QUICK) == [lrp.EpsilonPlusFlat()]


@dataclass(frozen=True)
class Newcomer(lrp.EpsilonPlus):
    """A method that the command line has never heard of."""

    name = "newcomer"
    label = "New"
    summary = "Something of tomorrow."
    sharp_edges: bool = parameter(True, "Sharp", "Keeps 100 % of the edges.")
    mode: str = parameter("soft", "Mode", "How it goes about it.", options=("soft", "hard"))
    order: int | None = parameter(None, "Order", "The order of it.", options=(None, 2, 4))

    def __post_init__(self) -> None:
        if self.order == 13:
            raise ValueError(f"order must not be 13, got {self.order}")


@pytest.fixture
def newcomer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(lrp.METHODS, "newcomer", Newcomer)


@pytest.mark.usefixtures("newcomer")
def test_a_new_method_needs_no_change_here(explain, here: Path, capsys):
    given = ("--no-sharp-edges", "--mode", "hard", "--order", "4", "--zero-bias")
    assert explain(picture(here / "photo.jpg"), "--method", "newcomer", *given) == 0
    (said,) = record(here / "photo.json")["settings"]["methods"]
    assert Newcomer(**{key: value for key, value in said.items() if key != "method"}) == Newcomer(1e-6, True, False, "hard", 4)
    assert made("--method", "newcomer", "--order", "3") == [Newcomer(order=3)]
    with suppress(SystemExit):
        main(["explain", "--help"])
    assert "Keeps 100 % of the edges." in " ".join(capsys.readouterr().out.split())
    main(["rules", "--method", "newcomer"])
    assert "ZPlus" in capsys.readouterr().out


@pytest.mark.usefixtures("newcomer")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--n-steps", "0"], "n_steps must be between 1 and 1024, got 0"),
        (["--n-steps", "1.5"], "n_steps must be a whole number, got '1.5'"),
        (["--n-steps", "9" * 5000], "n_steps must be a whole number, got"),
        (["--tolerance", "0"], "tolerance must be above 0 or None, got 0.0"),
        (["--tolerance", "nix"], "tolerance must be a number or none, got 'nix'"),
        (["--baseline", "pink"], "baseline must be one of black, white, grey, blurred, noise, got 'pink'"),
        (["--epsilon", "-1"], "epsilon must be >= 0 and finite, got -1.0"),
        (["--epsilon", "nan"], "epsilon must be a number, got 'nan'"),
        (["--gamma", "1"], "--gamma is a setting of zero-epsilon-gamma-box, epsilon-gamma-box, attn-lrp-gamma, got "),
        ([*QUICK, "--relative"], "--relative is a setting of uniform-epsilon, got --method epsilon-plus-flat"),
        (["--method", "newcomer", "--order", "13"], "order must not be 13, got 13"),
        (["--method", "magic"], "invalid choice: 'magic' (choose from 'uniform-epsilon', "),
        (["--depth", "19"], "depth must be one of 18, 34, 50, 101, 152, got 19"),
        (["--percentile", "0"], "must be between 1 and 100, got 0"),
        (["--photo", "1.1"], "must be between 0 and 1, got 1.1"),
        (["--colours", "pink"], "invalid choice: 'pink'"),
        (["--eps", "1"], "unrecognized arguments: --eps 1"),
        (["--target", "dog"], "target must be the name or the index of a class, got 'dog'"),
        (["--target", "7"], "target must be between 0 and 6, got 7"),
        (["--target", "-1"], "target must be between 0 and 6, got -1"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_arguments_outside_their_limits_are_one_line_with_value_and_limit(weights: str, here: Path, arguments, words, capsys):
    file = picture(here / "photo.png")
    before = set(here.iterdir())
    assert words in refusal(["explain", str(file), "--weights", weights, *arguments], capsys)
    assert set(here.iterdir()) == before


def test_without_a_command_or_a_file_it_says_what_is_missing(capsys):
    assert "explain | measure | search | networks | convert | methods | rules" in refusal([], capsys)
    assert "FILE" in refusal(["explain"], capsys)
