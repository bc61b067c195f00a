"""The daily check's side effects: finding who is due, and signalling only them."""

from activities.churn.check import ChurnCheck, CustomerWorkflows
from activities.churn.messages import CheckPage, CheckResult

__all__ = ["CheckPage", "CheckResult", "ChurnCheck", "CustomerWorkflows"]
