"""The web process itself, with an app of a few lines behind it and with short limits of time."""
