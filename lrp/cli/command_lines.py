"""A comparison as commands that compute its maps once more."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lrp.cli.asked_map import REFERENCES, AskedMap, settings_of
from lrp.cli.method_flags import flag_of, setting_text
from lrp.methods.method import Method
from lrp.models.architectures import ARCHITECTURES
from lrp.models.backbone import Backbone
from lrp.models.find_class import find_class
from lrp.pictures.picture_set import PictureSet
from lrp.pictures.samples import sample_name

PROGRAM = ("python", "-m", "lrp")


@dataclass
class _Command:
    """Maps that one command explains: of one network and objective, each method once. numbers: of the maps, from 1."""

    subject: tuple[str, ...]
    methods: list[Method] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def takes(self, subject: tuple[str, ...], method: Method) -> bool:
        """Returns whether the command can explain by this method too: a flag goes to every method that has its setting."""
        together = [*self.methods, method]
        given = _given(together)
        flags_fit = all(value == given.get(name, value) for each in together for name, (_, value) in settings_of(each).items())
        return subject == self.subject and method.name not in {each.name for each in self.methods} and flags_fit


def command_lines(file: str, asked: Sequence[AskedMap]) -> list[str]:
    """Returns the commands, as a shell takes them; `relevance_...` in the .npz files that they write has the same bytes.

    file: the picture, a path or such as "sample:Cat". A command explains what one command can, and writes to a folder of its own,
    which is called after the numbers of its maps. Networks that were brought are first written with their settings to a
    file. Pictures that a method compares with are those of the folder REFERENCES.
    """
    commands: list[_Command] = []
    for number, each in enumerate(asked, start=1):
        subject = (*_network(each), *_objective(each))
        taking = next((command for command in commands if command.takes(subject, each.method)), None)
        if taking is None:
            commands.append(taking := _Command(subject))
        taking.methods.append(each.method)
        taking.numbers.append(number)
    adding = dict.fromkeys(_adding(each.backbone) for each in asked if each.brought)
    return [*map(shlex.join, adding), *(shlex.join(_explaining(file, command)) for command in commands)]


def settings_command(file: str, settings: str) -> str:
    """Returns the command that explains the same by a file of settings. file: as in `command_lines`; a sample goes unnamed."""
    return shlex.join([*PROGRAM, "explain", *([] if sample_name(file) else [file]), "--settings", settings])


def _explaining(file: str, command: _Command) -> list[str]:
    methods = [word for method in command.methods for word in ("--method", method.name)]
    settings = [word for name, value in _given(command.methods).items() for word in _flag(name, value)]
    folder = "-".join(map(str, ("maps", *command.numbers)))
    return [*PROGRAM, "explain", file, *command.subject, *methods, *settings, "--out", folder]


def _given(methods: Sequence[Method]) -> dict[str, object]:
    """The settings that are not at their default in every method, which flags have to say."""
    each = [(name, setting, value) for method in methods for name, (setting, value) in settings_of(method).items()]
    return {name: value for name, setting, value in each if value != setting.default}


def _flag(name: str, value: object) -> list[str]:
    """A setting as it is typed."""
    if isinstance(value, bool):
        return [flag_of(name) if value else flag_of(f"no-{name}")]
    return _typed(flag_of(name), REFERENCES if isinstance(value, PictureSet) else setting_text(value))


def _typed(flag: str, value: str) -> list[str]:
    """A flag and its value, which may begin with a dash."""
    return [f"{flag}={value}"] if value.startswith("-") else [flag, value]


def _network(asked: AskedMap) -> list[str]:
    backbone = asked.backbone
    place = [] if backbone.device.type == "cpu" else ["--device", str(backbone.device)]
    if not asked.published:
        return [*_typed("--network", _described(backbone) if asked.brought else backbone.weights), *place]
    if backbone.architecture not in ARCHITECTURES:
        return ["--network", backbone.architecture, *place]
    family = [] if backbone.architecture == "resnet" else ["--architecture", backbone.architecture]
    return [*family, "--depth", str(backbone.depth), "--weights", backbone.weights, *place]


def _objective(asked: AskedMap) -> list[str]:
    words = ["--objective", asked.objective.name]
    for name, value in vars(asked.objective).items():
        words += ["--stage", value] if name == "place" else _typed(f"--{name}", _class(value, asked))
    return words


def _class(index: int, asked: AskedMap) -> str:
    """The class as it is typed: by its name, or by its index where another class has the name, or the file other names."""
    categories = asked.backbone.categories
    names = (categories[index], str(index)) if asked.published else (str(index), categories[index])
    return next((name for name in names if _finds(name, categories) == index), str(index))


def _finds(name: str, categories: Sequence[str]) -> int | None:
    try:
        return find_class(name, categories)
    except ValueError:
        return None


def _described(backbone: Backbone) -> str:
    return f"{Path(backbone.weights).stem}-described.safetensors"


def _adding(backbone: Backbone) -> tuple[str, ...]:
    """The command that writes a network that was brought, with what was said of it, to a file."""
    words: list[str] = []
    for name, value in backbone.preparation.items():
        if value is True:
            words.append(flag_of(name))
        else:
            words += [flag_of(name), *map(str, value if isinstance(value, list) else [value])]
    file = backbone.weights if not backbone.weights.startswith("-") else f"./{backbone.weights}"
    return (*PROGRAM, "networks", "add", file, *words, "--out", _described(backbone))
