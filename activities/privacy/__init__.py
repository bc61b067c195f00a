"""The legal rights of customers: erasure, with a receipt, and an export of their data."""

from activities.privacy.erasure import CustomerErasure
from activities.privacy.export import CustomerExport
from activities.privacy.messages import Erase, EraseWholeShop, Export
from activities.privacy.runs import CustomerRuns
from activities.privacy.shop import ShopErasure

__all__ = ["CustomerErasure", "CustomerExport", "CustomerRuns", "Erase", "EraseWholeShop", "Export", "ShopErasure"]
