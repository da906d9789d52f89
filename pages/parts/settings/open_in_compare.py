"""The link that opens the settings that were found on the page that compares maps, beside the default."""

from lrp.methods.method import Method
from lrp.metrics.search_space import DEFAULT
from lrp.settings import value_in_words
from pages.parts.choose.averaging import AVERAGED
from pages.parts.choose.method_menus import MAPS
from pages.parts.choose.setting_controls import control_values

DEFAULT_MAP, FOUND_MAP = "a", "b"


def compare_link(method: Method) -> dict[str, str]:
    """Returns the parameters with which the first map of Compare is the default and the second one `method`, as measured."""
    values = {**control_values(DEFAULT_MAP, DEFAULT), **control_values(FOUND_MAP, method), AVERAGED.key: False}
    labels = {DEFAULT_MAP: DEFAULT.label, FOUND_MAP: method.label, MAPS.key: _maps()}
    return {name: _in_link(value) for name, value in values.items()} | labels


def _maps() -> str:
    """Returns the keys of the compared maps, these two among them."""
    return "".join(sorted({*MAPS.get(), DEFAULT_MAP, FOUND_MAP}))


def _in_link(value: object) -> str:
    """Returns a control's value as the link holds it."""
    return str(value).lower() if isinstance(value, bool) else value_in_words(value)
