"""Structured logs: JSON lines, or readable lines on a terminal. They contain no personal data."""

import logging
import sys

import structlog
from temporalio import activity, workflow


def _workflow_id_only(_logger: object, _method: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Replace the fields that Temporal adds for an activity or a workflow by only the workflow id."""
    for source in ("temporal_activity", "temporal_workflow"):
        entry.setdefault("workflow_id", entry.pop(source, {}).get("workflow_id"))
    if entry["workflow_id"] is None:
        del entry["workflow_id"]
    return entry


def configure_logs(level: str) -> None:
    """Send all logs, those of libraries too, through structlog to standard error."""
    activity.logger.activity_info_on_message = False
    workflow.logger.workflow_info_on_message = False
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _workflow_id_only,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    terminal = sys.stderr.isatty()
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *([] if terminal else [structlog.processors.format_exc_info]),
            renderer,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
