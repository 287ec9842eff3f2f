"""One transaction a command: lock and read, ask core, write, append to the audit log."""

from huoshui.flow.handlers.approvals import agree, ask
from huoshui.flow.handlers.collector import Collector
from huoshui.flow.handlers.money import execute, sweep
from huoshui.flow.handlers.posting import Rules

__all__ = ["Collector", "Rules", "agree", "ask", "execute", "sweep"]
