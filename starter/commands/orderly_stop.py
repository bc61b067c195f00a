"""Ctrl-C and SIGTERM for commands that run until they are stopped."""

import asyncio
import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def stop_on_signals() -> None:
    """Cancel the calling task at the first signal, and ignore further signals."""
    loop, running = asyncio.get_running_loop(), asyncio.current_task()

    def stop() -> None:
        for number in SIGNALS:
            loop.add_signal_handler(number, lambda: None)
        if running:
            running.cancel()

    for number in SIGNALS:
        loop.add_signal_handler(number, stop)
