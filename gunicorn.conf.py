"""How gunicorn serves the portal; a flag on its command line wins over a line here."""

import gc
import os

# Where it listens: for this machine alone, unless somebody says otherwise. gunicorn by itself
# would open all networks as soon as PORT is set.
is_laptop = os.environ.get("DEVELOPMENT", "").lower() in {"1", "true", "yes", "on"}
port = os.environ.get("PORT") or ("5000" if is_laptop else "8000")
bind = os.environ.get("BIND") or f"127.0.0.1:{port}"

# Two processes, so that one can restart; four threads in each, as requests wait for the database.
# No thread waits for a client: see docs/decisions/serving.md.
worker_class = "portal.serving.worker.BufferingWorker"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
worker_connections = 1000  # in each process; they cost little

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

# gunicorn by itself lets a visitor say where the site is, where a proxy hands that on: with
# SCRIPT_NAME as a header, which made it answer 500.
forwarder_headers = ""

# No way to steer the server through a socket in somebody's home folder.
control_socket_disable = True
