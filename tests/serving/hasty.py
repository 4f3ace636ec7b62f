"""The portal's own settings of gunicorn, with limits that a test need not wait for."""

from pathlib import Path

from portal.serving import connection, worker

exec(Path("gunicorn.conf.py").read_text())

connection.HEAD_WITHIN = connection.SILENCE = 1
worker.TURN = 0.1
workers, threads, worker_connections = 1, 2, 60
keepalive = 1
