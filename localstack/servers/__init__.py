"""The embedded servers, and the processes, ports and locks that they use."""
