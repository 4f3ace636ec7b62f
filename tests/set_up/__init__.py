"""Whether the site is set up rightly: settings, what must work at the start, `flask check`."""
