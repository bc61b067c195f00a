"""The engine on one machine: embedded servers, the stack that runs them, and the demo.

The rooms import in one direction: `story` uses `stack`, which uses `servers`.
"""
