"""Every table that could know a customer is one that an erasure deletes from, or keeps on purpose."""

import pytest
from sqlalchemy import Table

from db.customers.erasure import ERASED_TABLES, KEPT_TABLES
from db.schema.tables import Base

TELLING = {"customer_id", "customer_email", "mentions", "recipient", "email", "phone", "name"}
OF_THE_SHOP = {"campaigns", "campaign_definitions"}
TABLES = Base.metadata.tables


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_names_customers_is_erased_or_kept_on_purpose(name: str) -> None:
    if TELLING & set(TABLES[name].columns.keys()) or _parents(TABLES[name]) & set(ERASED_TABLES):
        assert name in {*ERASED_TABLES, *KEPT_TABLES, *OF_THE_SHOP}


def test_what_is_kept_names_nobody() -> None:
    for name in KEPT_TABLES:
        assert TELLING & set(TABLES[name].columns.keys()) == {"customer_id"}


def test_rows_go_before_those_that_they_point_to() -> None:
    order = list(ERASED_TABLES)
    for name in order:
        assert all(order.index(parent) > order.index(name) for parent in _parents(TABLES[name]) & set(order))


def _parents(table: Table) -> set[str]:
    return {key.column.table.name for key in table.foreign_keys}
