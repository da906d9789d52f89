"""What the config.json and preprocessor_config.json of timm and Hugging Face say of a network, in our own words."""

from collections.abc import Mapping

from lrp.models.hints import said_names
from lrp.models.timm_config import said_in_timm

RESAMPLE = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")  # Pillow's numbers for them
HEAD_OF_PROBLEM = {
    "single_label_classification": "softmax", "multi_label_classification": "sigmoid", "regression": "regression",
}  # fmt: skip
USUAL_SETTINGS = {"hidden_act": "relu", "downsample_in_first_stage": False, "downsample_in_bottleneck": False}  # of a ResNet
OF_TIMM = {"model_args", "global_pool", "input_size", "num_classes"}  # entries that transformers does not have

Values = dict[str, object]


def said_in_config(config: Mapping[str, object], preprocessor: Mapping[str, object]) -> Values:
    """Returns what a network's folder says, by the names of `load_network`'s settings, not validated.

    config: of timm (architecture, num_classes, label_names, model_args, pretrained_cfg) or of transformers (id2label,
    problem_type). preprocessor: transformers' own file on pictures; {} if there is none. Raises ValueError with half a sentence
    for settings that the networks read here do not have.
    """
    pretrained = config.get("pretrained_cfg")
    if isinstance(pretrained, Mapping) or OF_TIMM & config.keys():
        said = said_in_timm(config, pretrained if isinstance(pretrained, Mapping) else config)  # older ones have it all in one
    else:
        said = _of_transformers(config)
    if names := said_names(config):
        said["categories"] = names
    return {**said, **_of_preprocessor(preprocessor)}


def _of_transformers(config: Mapping[str, object]) -> Values:
    for name, usual in USUAL_SETTINGS.items():
        if config.get(name, usual) != usual:
            raise ValueError(f"its config.json says {name} = {str(config[name])[:20]}, and only {usual} is read here")
    head = HEAD_OF_PROBLEM.get(str(config.get("problem_type")))
    return _present({
        "channels": config.get("num_channels"), "head": head, "architecture": config.get("architecture") or _own_class(config),
        "classes": config.get("num_labels"),
    })  # fmt: skip


def _own_class(config: Mapping[str, object]) -> str | None:
    """The class of transformers whose network it is, if it is said."""
    named = config.get("architectures")
    found = named[0] if isinstance(named, list) and named else None
    return found if isinstance(found, str) and found.endswith("ForImageClassification") else None


def _of_preprocessor(config: Mapping[str, object]) -> Values:
    if not config:
        return {}
    said: Values = {}
    size = config.get("size")
    crop = config.get("crop_size")
    share = config.get("crop_pct")
    edge, whole = (size.get("shortest_edge"), _sides(size)) if isinstance(size, Mapping) else (size, None)
    cut = _sides(crop) if isinstance(crop, Mapping) else crop
    if config.get("do_resize", True):
        if config.get("do_center_crop") and cut is not None:
            said |= _present({"size": cut, "resize": edge, "squash": None})
        elif isinstance(edge, int):  # ConvNeXT's processor, which transformers' ResNets have: cut only below 384 pixels
            said |= {"size": edge, **({"crop_pct": share or 224 / 256} if edge < 384 else {"squash": True})}
        elif whole is not None:
            said |= {"size": whole, "squash": True}
    resample = config.get("resample")
    if isinstance(resample, int) and 0 <= resample < len(RESAMPLE):
        said["interpolation"] = RESAMPLE[resample]
    if config.get("do_normalize", True):
        said |= _present({"mean": config.get("image_mean"), "std": config.get("image_std")})
    else:
        said |= {"mean": 0.0, "std": 1.0}
    return said


def _sides(size: Mapping[str, object]) -> object:
    """Height and width in a mapping, as one number if they are equal; None if they are not in it."""
    return _one_or_two([size["height"], size["width"]]) if {"height", "width"} <= size.keys() else None


def _one_or_two(sides: list[object]) -> object:
    return sides[0] if sides[0] == sides[1] else sides


def _present(values: Mapping[str, object]) -> Values:
    return {name: value for name, value in values.items() if value is not None}
