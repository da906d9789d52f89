"""What timm's config.json says of a network, and which of its settings change the network beyond what its shapes show."""

from collections.abc import Mapping

from lrp.models.metadata import PREPARATION_NAMES
from lrp.models.preparation import short

# Entries of config.json, and of the pretrained_cfg in it: what is read, and what does not change the network or its pictures.
KNOWN_ENTRIES = (
    "architecture", "num_classes", "num_features", "global_pool", "label_names", "label_descriptions", "labels", "model_args",
    "pretrained_cfg", "license", "description", "notes", "tags", "tag", "paper_ids", "paper_name", "origin_url", "url", "file",
    "hf_hub_id", "hf_hub_filename", "source", "custom_load", "first_conv", "classifier", "label_offset", "input_size",
    "test_input_size", "min_input_size", "fixed_input_size", "interpolation", "crop_pct", "test_crop_pct", "crop_mode", "mean",
    "std", "pool_size", "test_pool_size",
)  # fmt: skip
# Arguments of a model that training alone uses, or that the shapes and names of its tensors show.
HARMLESS = (
    "num_classes", "in_chans", "img_size", "num_features", "pretrained", "pretrained_cfg", "pretrained_cfg_overlay",
    "checkpoint_path", "cache_dir", "drop_rate", "drop_path_rate", "drop_block_rate", "proj_drop_rate", "attn_drop_rate",
    "zero_init_last", "scriptable", "exportable", "no_jit", "device", "dtype", "layers", "channels", "cardinality", "base_width",
    "stem_width", "stem_type", "avg_down",
)  # fmt: skip
# Arguments that change what a network computes, with the values by which it is the usual one. Null stands for its own.
USUAL: dict[str, tuple[object, ...]] = {
    "global_pool": ("avg",), "output_stride": (32,), "norm_layer": ("batchnorm", "batchnorm2d"), "features_only": (False,),
    "pruned": (False,), "block_args": ({},), "pad_type": ("",), "down_kernel_size": (1,), "block_reduce_first": (1,),
    "replace_stem_pool": (False,),
}  # fmt: skip
WITH_RELU = ("resnet", "resnext", "wide_resnet", "vgg", "regnet")  # how names of networks begin whose activation is ReLU
REMEDY = "give the live module to lrp.Backbone.of"


def said_in_timm(config: Mapping[str, object], pretrained: Mapping[str, object]) -> dict[str, object]:
    """Returns what a config.json of timm says, by the names of `load_network`'s settings, not validated.

    Raises ValueError with half a sentence that names a setting which changes the network or its pictures and is not read here.
    """
    arguments = config.get("model_args") or {}
    if not isinstance(arguments, Mapping):
        raise ValueError(f"its config.json says model_args = {short(arguments)}, which are no names with values")
    _check_entries(config, pretrained)
    for values in ({"global_pool": config.get("global_pool")}, arguments):
        _check_arguments(values, str(config.get("architecture") or ""))
    said = {
        "architecture": config.get("architecture"), "crop_pct": pretrained.get("crop_pct"), "mean": pretrained.get("mean"),
        "std": pretrained.get("std"), "interpolation": pretrained.get("interpolation"),
        "classes": arguments.get("num_classes", config.get("num_classes")), "channels": arguments.get("in_chans"),
    }  # fmt: skip
    said = {name: value for name, value in said.items() if value is not None}
    size, mode = pretrained.get("input_size"), pretrained.get("crop_mode")
    if isinstance(size, list | tuple) and len(size) == 3:
        said = {"channels": size[0], **said, "size": size[1] if size[1] == size[2] else list(size[1:])}
    if mode == "squash":
        said["squash"] = True
        said.pop("crop_pct", None)
    elif mode not in (None, "center"):
        raise ValueError(f"its pictures are cropped by the mode {str(mode)[:20]!r}, and center and squash are known")
    return said


def _check_entries(config: Mapping[str, object], pretrained: Mapping[str, object]) -> None:
    """Raises ValueError for an entry that may change the network or its pictures and is not known."""
    for name, value in config.items():
        if name not in KNOWN_ENTRIES and value is not None:
            known = "only those of timm's own exports are known"
            raise ValueError(f"its config.json has the entry {ascii(name)[:60]}, and {known}; take it out, or {REMEDY}")
    for name, value in pretrained.items():
        if name not in KNOWN_ENTRIES and value is not None and PREPARATION_NAMES.search(name):
            raise ValueError(f"{ascii(name)[:60]} in its pretrained_cfg, which may say how pictures are prepared, is not known")


def _check_arguments(arguments: Mapping[str, object], architecture: str) -> None:
    """Raises ValueError for an argument by which the network computes otherwise than the usual one of its name."""
    for name, value in arguments.items():
        usual = USUAL.get(name, ())
        if name == "act_layer" and architecture.startswith(WITH_RELU):
            usual = ("relu",)
        if name not in HARMLESS and value is not None and value not in usual:
            known = f"only {short(usual[0])} is read here" if usual else "such a network is not read from files"
            raise ValueError(f"its config.json says {ascii(name)[1:-1][:60]} = {short(value)}, and {known}; {REMEDY}")
