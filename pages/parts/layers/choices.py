"""What a visit chose on the page of layers."""

from pages.parts.frame.state import SessionValue

BLOCK, BARS = SessionValue[str]("block"), SessionValue[str]("by")  # whose map is shown; whether a bar is a block or a stage
