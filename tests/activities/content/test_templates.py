"""What a template may do, and that it cannot fill the memory, reach out or run on."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.content.templates import MAX_NODES, MAX_SOURCE_LENGTH, SandboxedTemplates, TemplateError

HTML = SandboxedTemplates({}, html=True)
PLAIN = SandboxedTemplates({}, html=False)
LIMIT = 1_000


def render(source: str, templates: SandboxedTemplates = HTML, **variables: Any) -> str:
    return templates.render("body", source, variables, LIMIT)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Hello {{ name }}", "Hello &lt;Ada&gt;"),
        ("{{ nothing }}", ""),
        ("{% if nothing %}a{% else %}b{% endif %}", "b"),
        ("{% for item in order.items %}{{ loop.index }}{{ item.name }} {% endfor %}", "1Pan 2Pot "),
        ("{{ order.items|map(attribute='name')|join(', ') }}", "Pan, Pot"),
        ("{{ order['items'][1]['name']|upper }}", "POT"),
        ("{{ 2 * 3 + order.items|length }}", "8"),
        ("{% for i in range(3) %}{{ i }}{% endfor %}", "012"),
        ("{{ missing|default('x') }}{{ missing is defined }}", "xFalse"),
    ],
)
def test_allowed_templates(source: str, text: str) -> None:
    assert render(source, name="<Ada>", nothing=None, order={"items": [{"name": "Pan"}, {"name": "Pot"}]}) == text


def test_plain_text_is_not_escaped() -> None:
    assert render("{{ name }}", PLAIN, name="Cast & Iron") == "Cast & Iron"


ATTACKS = [
    # memory
    "{{ 'a' * 10**9 }}",
    "{{ 'a' * 1000000000 }}",
    "{{ [1] * 1000000000 }}",
    "{{ '%1000000000s' % 1 }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{{ 'a'|center(1000000000) }}",
    "{{ 'a'|indent(1000000000) }}",
    "{{ 'a'|wordwrap(1) }}",
    "{{ '%1000000000s'|format('a') }}",
    "{{ 'a'.ljust(1000000000) }}",
    "{{ 'aa'|replace('a', 'aaaaaaaaaa') }}",
    "{{ ['a']|map('center', 1000000000)|join }}",
    "{{ 'a' + 'a' }}",
    "{{ 'a' ~ 'a' }}",
    "{% set a = 'aa' %}{{ a }}",
    "{% set a %}{{ x }}{% endset %}{{ a }}",
    "{{ range(100)|join(range(100)|join(range(100)|join('aaaaaaaaaa'))) }}",
    "{{ [[1], [2]]|sum(start=[]) }}",
    "{{ range(100)|map(attribute='a', default=range(100)|map(attribute='a', default=[1])|list)|list|upper }}",
    "{{ range(1000000000)|list }}",
    "{% for i in range(100) %}{% for j in range(100) %}aaaaaaaaaa{% endfor %}{% endfor %}",
    "{{ lipsum(n=1000000) }}",
    "{{ dict(a=1) }}{{ namespace(a=1) }}{{ cycler(1) }}{{ joiner() }}",
    # time
    "{{ 9 ** 9 ** 9 }}",
    "{{ 1|round(1000000000) }}",
    "{{ 999999999999 * 999999999999 }}",
    "{% for i in range(9) %}{% for j in range(9) %}{% for k in range(9) %}{% endfor %}{% endfor %}{% endfor %}",
    "{% for i in x recursive %}{{ loop(x) }}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% for i in x %}{% endfor %}" * 11,
    "{{" + "(" * 5_000 + "1" + ")" * 5_000 + "}}",
    "{{ x }}" + "a" * MAX_SOURCE_LENGTH,
    "{{ x }}" * (MAX_NODES // 2),
    "{% for i in range(100) %}{% for j in range(100) %}{% if i == j and i > 3 %}{% endif %}{% endfor %}{% endfor %}",
    "{% for i in range(100) %}{% for j in range(9) %}{% if range(100)|sort|join %}{% endif %}{% endfor %}{% endfor %}",
    "{% for i in range(100) %}{% if [" + "1," * 2_000 + "]|sort|unique|list %}{% endif %}{% endfor %}",
    "{% for i in words %}{% for j in words %}{% if i|upper|title|trim == j %}{% endif %}{% endfor %}{% endfor %}",
    "{{ (words|join)" + "|list|sort" * 50 + "|first }}",
    "{{ x|' pace'(1) }}",
    # reaching out
    "{{ x.__class__ }}",
    "{{ x['__class__'] }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ x|attr('__class__') }}",
    "{{ x|map(attribute='__class__')|list|first }}",
    "{{ self.__init__ }}",
    "{{ range.__globals__ }}",
    "{{ order.clear() }}",
    "{{ order.items() }}",
    "{% include '/etc/passwd' %}",
    "{% import 'x' as y %}",
    "{% extends 'x' %}",
    # unescaped
    "{{ html|safe }}",
    "{{ html|forceescape }}",
    "{% autoescape false %}{{ html }}{% endautoescape %}",
    "{{ html|xmlattr }}",
    # records that are no text
    "{{ order }}",
    "{{ range }}",
    "{{ self }}",
]


@pytest.mark.parametrize("source", ATTACKS, ids=lambda source: source[:50])
@pytest.mark.parametrize("templates", [HTML, PLAIN], ids=["html", "plain"])
def test_forbidden_templates(source: str, templates: SandboxedTemplates) -> None:
    with pytest.raises(TemplateError):
        render(source, templates, x="abc", order={"a": 1}, html="<b>", words=["word" * 30] * 150)


def test_steps_are_counted_per_message() -> None:
    source = "{% for i in range(100) %}{% for j in range(40) %}{% endfor %}{% endfor %}"
    assert [render(source) for _ in range(30)] == [""] * 30


def test_loop_variables_are_available() -> None:
    source = "{% for i in range(3) %}{{ loop.index }}/{{ loop.length }}{{ '.' if loop.last else ', ' }}{% endfor %}"
    assert render(source) == "1/3, 2/3, 3/3."


@given(st.text("{}%|()[]'\"*+~ ab1.,", max_size=60))
def test_any_source_gives_a_text_or_an_error(source: str) -> None:
    with suppress(TemplateError):
        assert len(render(source, a="x", b=[1, 2])) <= LIMIT


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("one\ntwo {{ missing }}", "body, line 2: 'missing' is undefined"),
        ("\n\n{{ x.y }}", "body, line 3: 'dict object' has no attribute 'y'"),
        ("{% if x %}", "body, line 1: Unexpected end of template."),
        ("\n{{ x|nonsense }}", "body, line 2: No filter named 'nonsense'."),
        ("\n{% set y = 1 %}", "body, line 2: assign is not allowed"),
        ("\n{{ x.upper() }}", "body, line 2: calls are not allowed, except range"),
    ],
)
def test_an_error_has_its_line(source: str, expected: str) -> None:
    with pytest.raises(TemplateError) as caught:
        render(source, x={})
    assert str(caught.value).startswith(expected)
    assert str(caught.value.of("win-back", 2)).startswith(f"win-back, step 2: {expected}")


def test_an_error_has_no_personal_data() -> None:
    with pytest.raises(TemplateError) as caught:
        render("{{ name / 2 }}{{ name|map(attribute='x')|list }}{{ name|urlencode|nonsense }}", name="Ada")
    assert "Ada" not in str(caught.value)
    assert caught.value.__cause__ is None
