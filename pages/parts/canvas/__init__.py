"""The panels in the browser, and what they hear and tell."""
