"""What a visit chose on the page "How far to trust"."""

from pages.parts.frame.state import SessionValue

MEASURE = SessionValue[str]("measure")  # of how alike the maps of different methods are
SIMILARITY = SessionValue[str]("alike")  # of a method's map to its map for redrawn weights
