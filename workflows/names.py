"""Names in Temporal that scripts and runbooks depend on."""

from temporalio.common import SearchAttributeKey

from retention_client.customer_workflow import CUSTOMER_STATE, LIFETIME_SPEND, ORDER_COUNT

SCHEDULE_ID = "check-churn-risk"

ROLL_SIGNAL = "roll"
RELOAD_SIGNAL = "reload"

ERASE_CUSTOMER = "EraseCustomer"
ERASE_SHOP = "EraseShop"
EXPORT_CUSTOMER = "ExportCustomer"

LAST_ORDER_DATE = SearchAttributeKey.for_datetime("LastOrderDate")
SEARCH_ATTRIBUTES = (CUSTOMER_STATE, LIFETIME_SPEND, ORDER_COUNT, LAST_ORDER_DATE)
