"""The durable inbox: the way in, the ways on, and what is done about what stays."""
