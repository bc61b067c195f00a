"""Ctrl-C and SIGTERM for commands that run until they are told to stop."""

import asyncio
import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def stop_on_signals() -> None:
    """The first signal cancels the task that called this, and those after it change nothing."""
    loop, running = asyncio.get_running_loop(), asyncio.current_task()

    def stop() -> None:
        for number in SIGNALS:
            loop.add_signal_handler(number, lambda: None)
        if running:
            running.cancel()

    for number in SIGNALS:
        loop.add_signal_handler(number, stop)
