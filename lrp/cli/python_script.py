"""A comparison as a Python script that computes its maps once more."""

from collections.abc import Mapping, Sequence

from lrp.cli.asked_map import REFERENCES, AskedMap, settings_of
from lrp.pictures.picture_set import PictureSet


def python_script(file: str, asked: Sequence[AskedMap], link: str = "") -> str:
    """Returns the script; its `relevance` is a list of arrays (C, H, W), one for each map in order, with the same bytes.

    file: the picture, a path or such as "sample:Cat". link: the address that it is fetched from instead, if there is one.
    Pictures that a method compares with are those of the folder REFERENCES.
    """
    calls = list(dict.fromkeys(map(_loading, asked)))
    names = {call: f"network_{i}" if len(calls) > 1 else "network" for i, call in enumerate(calls, start=1)}
    own = any(each.references for each in asked)
    lines = [
        "import lrp",
        *(["from lrp.cli.picture_folder import read_folder"] if own else []),
        *([] if link else ["from lrp.pictures.picture_files import read"]),
        "",
        f"picture = lrp.decode_image({f'lrp.fetch_image({link!r})' if link else f'read({file!r})'})",
        *([f"{REFERENCES} = read_folder({REFERENCES!r})"] if own else []),
        *(f"{name} = {call}" for call, name in names.items()),
        "asked = [  # a network, what is explained of it, and by which method",
        *(f"    ({names[_loading(each)]}, {_objective(each)}, {_method(each)})," for each in asked),
        "]",
        "results = [lrp.explain(each, each.preprocess(picture), objective, method) for each, objective, method in asked]",
        "relevance = [result.relevance[0].cpu().numpy() for result in results]",
    ]
    return "\n".join(lines) + "\n"


def _loading(asked: AskedMap) -> str:
    """The call that loads the network of a map."""
    backbone = asked.backbone
    place = {} if backbone.device.type == "cpu" else {"device": str(backbone.device)}
    if asked.published:
        family = {} if backbone.architecture == "resnet" else {"architecture": backbone.architecture}
        return f"lrp.load_backbone({_arguments({'depth': backbone.depth, 'weights': backbone.weights, **family, **place})})"
    given = backbone.preparation if asked.brought else {}
    return f"lrp.load_network({', '.join(filter(None, (repr(backbone.weights), _arguments({**given, **place}))))})"


def _objective(asked: AskedMap) -> str:
    return f"lrp.{type(asked.objective).__name__}({_arguments(vars(asked.objective))})"


def _method(asked: AskedMap) -> str:
    given = {name: value for name, (_, value) in settings_of(asked.method).items()}
    return f"lrp.{type(asked.method).__name__}({_arguments(given)})"


def _arguments(given: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={REFERENCES if isinstance(value, PictureSet) else repr(value)}" for name, value in given.items())
