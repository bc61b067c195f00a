"""The templates that marketers write: Jinja2 in a sandbox, reduced to what a message needs.

Output and run time are bounded: no assignments, macros or method calls; few loops; arithmetic on numbers only; a short
list of filters; a limited number of steps. The same checks apply when a template is saved and when it is rendered.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

import jinja2
from jinja2 import StrictUndefined, Undefined, nodes, pass_environment, pass_eval_context
from jinja2.exceptions import SecurityError
from jinja2.filters import do_join
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from activities.content.step_limit import counted, counted_filter, step_limit

MAX_SOURCE_LENGTH = 64_000
MAX_NODES = 5_000
MAX_LOOPS = 10
MAX_LOOP_DEPTH = 2
MAX_RANGE = 100
MAX_JOIN = 20_000
MAX_NUMBER = 10**15
STEP_FILTER = " step"
"""The filter that counts a loop's iterations. No template can name it, because it begins with a space."""

PLAIN_FILTERS = (
    *("capitalize", "count", "d", "default", "first", "float", "int", "last", "length", "list", "lower"),
    *("max", "min", "reject", "rejectattr", "reverse", "select", "selectattr", "sort", "title", "trim"),
    *("truncate", "unique", "upper", "urlencode"),
)
ALLOWED: tuple[type[nodes.Node], ...] = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.CondExpr),
    *(nodes.Name, nodes.Const, nodes.List, nodes.Tuple, nodes.Getattr, nodes.Getitem, nodes.Keyword),
    *(nodes.Filter, nodes.Test, nodes.Call, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
    *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos),
)


class TemplateError(Exception):
    """A template that cannot be used: `field` and `line` say where, `reason` why, without personal data."""

    def __init__(self, field: str, reason: str, line: int | None = None, campaign: str | None = None) -> None:
        place = f"{field}, line {line}" if line else field
        super().__init__(f"{campaign}: {place}: {reason}" if campaign else f"{place}: {reason}")
        self.field = field
        self.reason = reason
        self.line = line

    def of(self, slug: str, step: int, *rendition: str) -> "TemplateError":
        """The same error with the campaign's slug, step and rendition (language, variant) in its text."""
        return TemplateError(self.field, self.reason, self.line, ", ".join([slug, f"step {step}", *rendition]))


class SandboxedTemplates:
    """Renders marketers' templates as HTML, where every value is escaped, or as plain text.

    `filters` are added to the built-in ones; they may take the template's context (`jinja2.pass_context`).
    """

    def __init__(self, filters: Mapping[str, Callable[..., Any]], *, html: bool) -> None:
        self._environment = _Sandbox(autoescape=html, undefined=StrictUndefined, finalize=_finalize)
        known = self._environment.filters
        plain = {name: known[name] for name in PLAIN_FILTERS}
        every = {**plain, "join": bounded_join, "map": fields_of, **filters}
        self._environment.filters = {**{name: counted_filter(run) for name, run in every.items()}, STEP_FILTER: counted}
        self._environment.globals = {"range": bounded_range}
        self._compiled = lru_cache(maxsize=256)(self._compile)

    def render(self, field: str, source: str, variables: Mapping[str, Any], max_length: int) -> str:
        """The text of a template; `field` names it in errors. Raises `TemplateError`."""
        chunks: list[str] = []
        left = max_length
        try:
            with step_limit():
                for chunk in self._compiled(source).generate(**variables):
                    left -= len(chunk)
                    if left < 0:
                        raise SecurityError(f"is longer than {max_length} characters")
                    chunks.append(chunk)
        # A template may fail with any Python exception.
        except Exception as error:
            raise TemplateError(field, _reason(error), _line(error)) from None
        return "".join(chunks)

    def _compile(self, source: str) -> Any:
        if len(source) > MAX_SOURCE_LENGTH:
            raise SecurityError(f"is longer than {MAX_SOURCE_LENGTH} characters")
        parsed = self._environment.parse(source)
        _check(parsed, depth=0)
        if _size(parsed) > MAX_NODES:
            raise SecurityError("is too complex: it has too many loops, conditions and names")
        loops = list(parsed.find_all(nodes.For))
        if len(loops) > MAX_LOOPS:
            raise SecurityError(f"more than {MAX_LOOPS} loops")
        for loop in loops:
            steps = nodes.Const(_size(loop), lineno=loop.lineno)
            loop.iter = nodes.Filter(loop.iter, STEP_FILTER, [steps], [], None, None, lineno=loop.lineno)
        return self._environment.from_string(parsed)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Gives access to entries of dictionaries and lists only, and limits arithmetic to numbers."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`order.items` is the field of that name, never a method of the dictionary."""
        if isinstance(obj, LoopContext):
            return super().getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An entry of a dictionary or a list."""
        if isinstance(obj, Undefined):
            return obj[argument]
        try:
            return obj[argument]
        except (KeyError, IndexError, TypeError):
            return self.undefined(obj=obj, name=argument)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic is for numbers: `'a' * 10**9` and `'%999999999s' % 1` would fill the memory."""
        if isinstance(left, str | list | tuple) or isinstance(right, str | list | tuple):
            raise SecurityError(f"{operator} is for numbers only")
        result = super().call_binop(context, operator, left, right)
        if abs(result) > MAX_NUMBER:
            raise SecurityError("the number is too large")
        return result


def bounded_range(*bounds: int) -> range:
    """`range` of at most 100 numbers."""
    counted = range(*bounds)
    if len(counted) > MAX_RANGE:
        raise SecurityError(f"range is longer than {MAX_RANGE}")
    return counted


@pass_eval_context
def bounded_join(context: nodes.EvalContext, value: Iterable[Any], separator: str = "") -> str:
    """`join` with a bounded result; nested joins could grow without limit."""
    items = list(value)
    if sum(len(str(item)) + len(separator) for item in items) > MAX_JOIN:
        raise SecurityError(f"join is longer than {MAX_JOIN} characters")
    joined: str = do_join(context, items, separator)
    return joined


@pass_environment
def fields_of(environment: jinja2.Environment, value: Iterable[Any], *, attribute: str) -> list[Any]:
    """`map`, but only as `map(attribute='name')`: with a default it could multiply nested lists at each level."""
    return [environment.getattr(item, attribute) for item in value]


def _finalize(value: Any) -> Any:
    """Write None as nothing, and reject values that are not text or numbers."""
    if value is None:
        return ""
    if not isinstance(value, str | int | float | Decimal | Undefined):
        raise SecurityError(f"a {type(value).__name__} cannot be rendered as text")
    return value


def _size(node: nodes.Node) -> int:
    """The number of nodes, which the run time is proportional to."""
    return sum(1 for _ in node.find_all(nodes.Node))


def _check(node: nodes.Node, depth: int) -> None:
    """Raise `_NotAllowed` for a node outside the allowed subset of Jinja2."""
    if not isinstance(node, ALLOWED):
        raise _NotAllowed(f"{type(node).__name__.lower()} is not allowed", node.lineno)
    if isinstance(node, nodes.Call) and not (isinstance(node.node, nodes.Name) and node.node.name == "range"):
        raise _NotAllowed("calls are not allowed, except range", node.lineno)
    if isinstance(node, nodes.For):
        depth += 1
        if depth > MAX_LOOP_DEPTH or node.recursive:
            raise _NotAllowed("loops may be nested at most twice", node.lineno)
    for child in node.iter_child_nodes():
        _check(child, depth)


class _NotAllowed(SecurityError):
    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.lineno = line


def _reason(error: Exception) -> str:
    """Jinja's message is about the template. Python's may quote a value, so only the error's type is named."""
    if isinstance(error, jinja2.TemplateError):
        return error.message or type(error).__name__
    return f"fails with {type(error).__name__}"


def _line(error: Exception) -> int | None:
    line = getattr(error, "lineno", None)
    trace = error.__traceback__
    while line is None and trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
