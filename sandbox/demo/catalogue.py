"""All demo workflows."""

from sandbox.demo.approvals import ExpenseApproval
from sandbox.demo.digests import DailyDigest
from sandbox.demo.documents import DocumentProcessing
from sandbox.demo.imports import FlakyImport
from sandbox.demo.invoices import InvoiceImport
from sandbox.demo.orders import Order, OrderBatch
from sandbox.demo.reports import FailingReport
from sandbox.demo.stuck import StuckCode
from sandbox.demo.syncs import LongSync

WORKFLOWS: list[type] = [
    DocumentProcessing,
    ExpenseApproval,
    FlakyImport,
    FailingReport,
    OrderBatch,
    Order,
    LongSync,
    DailyDigest,
    StuckCode,
    InvoiceImport,
]
