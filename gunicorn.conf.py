"""How gunicorn serves the portal; a flag on its command line wins over a line here."""

import gc
import os

if os.environ.get("DEVELOPMENT", "").lower() in {"1", "true", "yes", "on"}:
    # A laptop's portal is for its own browser. In production gunicorn's rule
    # holds: 0.0.0.0:$PORT where PORT is set, otherwise 127.0.0.1:8000.
    bind = f"127.0.0.1:{os.environ.get('PORT', '5000')}"

# Two processes, so that one can restart; four threads in each, as requests wait for the database.
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4

# Load the app once, before the processes: a wrong setting then stops the start
# with its sentence, instead of killing one process after the other.
preload_app = True

# What the start loads stays for good. Python's collector would look through it all, again and
# again while it grows, which takes a quarter of the start; and later in each process, which then
# gets its own copy of the memory it looked at. So it is left out (see gc.freeze in Python's docs).
gc.disable()


def when_ready(_server):
    """The app is loaded, and no process has been made of it yet."""
    gc.freeze()
    gc.enable()


# Addresses hold tokens, which belong in no log; the proxy in front keeps its own.
accesslog = None
errorlog = "-"

# Our longest address is a confirmation link, our largest form has a few dozen fields. Flask
# limits the body.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190

# A process that hangs is replaced; one that is told to stop may finish its requests.
timeout = 30
graceful_timeout = 30
keepalive = 5

# No way to steer the server through a socket in somebody's home folder.
control_socket_disable = True
