"""The HTTP interface: one folder a resource. The router is the table of contents."""
