"""The resource `ledger`."""
