"""The colours and the layout that all charts share."""

import plotly.graph_objects as go

CONFIG = {"displaylogo": False, "showTips": False, "displayNotifier": False, "displayModeBar": False}

# Distinct for every colour vision, on light and dark backgrounds (Okabe, Ito 2008).
BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072b2", "#d55e00", "#009e73", "#aa4499", "#8a8f98"


def finish(figure: go.Figure, height: int, **layout: object) -> go.Figure:
    """Applies the common layout, then `layout`; returns the figure. height: in pixels."""
    legend = {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0}
    common = {"margin": {"l": 8, "r": 8, "t": 48, "b": 8}, "dragmode": False, "legend": legend, "plot_bgcolor": "rgba(0,0,0,0)"}
    return figure.update_layout(height=height, **{**common, **layout})
