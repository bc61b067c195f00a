"""The HTTP gateway: one file per kind of thing that is asked of it, put together in `app.py`."""
