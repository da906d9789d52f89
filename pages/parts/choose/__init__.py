"""The controls that several pages share."""
