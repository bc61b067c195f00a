"""The HTTP gateway: one file per group of routes, assembled in `app.py`."""
