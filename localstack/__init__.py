"""The engine on one machine: embedded servers, the stack that runs them, and the demo.

The rooms import in one direction: `demo` uses `stack`, which uses `servers`.
"""
