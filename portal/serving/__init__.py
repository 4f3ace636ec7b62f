"""How web processes serve: gunicorn starts them, and none of their threads waits for a client.

`docs/decisions/serving.md` says why it is ours.
"""
