"""The panels drawn in the browser, the messages they get, and the state they send back."""
