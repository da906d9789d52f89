"""The flags of every command, as scripts rely on them."""

import re

import pytest

from lrp.cli.main import main

SETTINGS = (
    "--epsilon --relative --no-relative --residual --zero-bias --no-zero-bias --gamma --baseline --n-steps --tolerance "
    "--baselines --references --fraction --max-dist --max-sigma --n-samples --seed --noise --absolute --no-absolute --layer "
    "--relu --no-relu --window --stride --shifts --last-epsilon --patch-gamma --position --attention"
)
CHOICE = "--architecture --depth --network --weights --device --method --target"
JOBS = "--list --limit --shuffle --class-from-folder --faithfulness --dtype --batch --shard --channels --ray --ray-cores"
FLAGS = {
    "explain": f"{CHOICE} --settings --objective --versus --stage --out --percentile --colours --photo {JOBS} {SETTINGS}",
    "measure": (
        f"{CHOICE} --out --patch --steps --replacement --score --precision --random-orders --noise-level --noisy-copies "
        f"{SETTINGS}"
    ),
    "search": (
        "--architecture --depth --network --weights --device --measure --candidates --max-shifts --pictures --held-out --seed "
        "--out"
    ),
    "convert": "--classes --depth --part --out --size --resize --interpolation --mean --std",
    "networks add": (
        "--classes --part --out --size --resize --interpolation --mean --std --crop-pct --squash --head --architecture --picture"
    ),
    "networks list": "",
    "methods": "",
    "app": "--port --headless",
    "rules": f"--method --architecture --depth --network {SETTINGS}",
}


def usage(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The part of --help that lists what may be typed."""
    with pytest.raises(SystemExit) as caught:
        main([*arguments, "--help"])
    assert caught.value.code == 0
    return capsys.readouterr().out.partition("\n\n")[0]


@pytest.mark.parametrize("command", FLAGS)
def test_every_command_has_these_flags(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert set(re.findall(r"--[a-z0-9-]+", usage(capsys, *command.split()))) == set(FLAGS[command].split())


def test_there_are_these_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert " ".join(usage(capsys).split()).endswith("explain | measure | search | networks | convert | methods | rules | app ...")
