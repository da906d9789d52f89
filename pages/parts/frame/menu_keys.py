"""The keys of the menus that choose methods and networks of maps; each is also the menu's name in the link."""

FIRST, SECOND, THIRD, FOURTH = "a", "b", "c", "d"
PANELS = {
    FIRST: "uniform-epsilon",
    SECOND: "epsilon-plus-flat",
    THIRD: "integrated-gradients",
    FOURTH: "input-x-gradient",
}  # the maps of the comparison that there can be, each with the method it begins with
PLACES = ("First map", "Second map", "Third map", "Fourth map")

EPSILON_SWEPT, EPSILON_REFERENCE = "e", "r"  # on the page "Epsilon": LRP-ε, which has no menu but settings, and the other map
GAMMA_SWEPT, GAMMA_REFERENCE = "g", "h"  # the same on the page "Gamma"
LAYERS_METHOD = "l"
DEPTHS_FIRST, DEPTHS_SECOND = "m", "n"
DATASET_METHOD = "j"
CAMERA_METHOD = "k"


def network_menu_key(panel: str) -> str:
    """Returns the key of the network menu of a map of the comparison."""
    return f"{panel}_network"
