"""`retention doctor`: whether everything is ready for sending to customers."""

import asyncio
from dataclasses import asdict

import typer
from rich.text import Text

from operations.readiness import Finding, Light, ReadinessScope, by_light, examine
from starter.commands.context import find_settings, now
from starter.commands.errors import FAILED
from starter.commands.options import AsJson, example
from starter.commands.output import console, print_json, say, table

EXAMPLE = example("retention doctor", "retention doctor --json")

app = typer.Typer()
STYLES = {Light.GREEN: "green", Light.AMBER: "yellow", Light.RED: "bold red"}


@app.command(epilog=EXAMPLE)
def doctor(as_json: AsJson = False) -> int:
    """Check settings, keys, the sender's domain, providers and servers, without sending anything.

    Exit status 1 when anything is red; then no campaign goes live without --force.
    """
    findings = asyncio.run(examine(find_settings(), ReadinessScope(), now()))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        show_findings(findings)
        say(verdict(findings))
    return FAILED if by_light(findings, Light.RED) else 0


def show_findings(findings: list[Finding]) -> None:
    """A table with lights."""
    rows = ((light(finding), finding.name, finding.saw, finding.to_do) for finding in findings)
    console().print(table(None, ("", "Check", "Seen", "What to do"), rows))


def light(finding: Finding) -> Text:
    """The light in its colour, and in words where there is none."""
    return Text(finding.light, style=STYLES[finding.light])


def verdict(findings: list[Finding]) -> str:
    """One sentence."""
    red, amber = (len(by_light(findings, light)) for light in (Light.RED, Light.AMBER))
    if red:
        return f"Not ready: {red} to fix, {amber} to look at."
    return f"Ready, with {amber} to look at." if amber else "Everything is ready."
