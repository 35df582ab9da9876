"""Clients of a lakehouse's HTTP interface: `Client` waits for answers, `AsyncClient` awaits them."""

from rtlakehouse.client.answers import Answer, Figures, Receipt, Update
from rtlakehouse.client.asynchronous import AsyncClient
from rtlakehouse.client.synchronous import Client

__all__ = ["Answer", "AsyncClient", "Client", "Figures", "Receipt", "Update"]
