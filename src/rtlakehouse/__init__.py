"""RT-Lakehouse: e-commerce events in, KPIs in open Delta tables a second later."""

__version__ = "0.1.0"
