"""Names that storefronts, scripts and runbooks depend on."""

from temporalio.common import SearchAttributeKey

CUSTOMER_WORKFLOW = "CustomerWorkflow"
TASK_QUEUE = "retention"
SCHEDULE_ID = "check-churn-risk"

ROLL_SIGNAL = "roll"
RELOAD_SIGNAL = "reload"

ERASE_CUSTOMER = "EraseCustomer"
ERASE_SHOP = "EraseShop"
EXPORT_CUSTOMER = "ExportCustomer"

CUSTOMER_STATE = SearchAttributeKey.for_keyword("CustomerState")
LIFETIME_SPEND = SearchAttributeKey.for_float("LifetimeSpend")
ORDER_COUNT = SearchAttributeKey.for_int("OrderCount")
LAST_ORDER_DATE = SearchAttributeKey.for_datetime("LastOrderDate")
SEARCH_ATTRIBUTES = (CUSTOMER_STATE, LIFETIME_SPEND, ORDER_COUNT, LAST_ORDER_DATE)
