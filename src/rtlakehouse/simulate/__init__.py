"""The producer: shoppers who browse, fill carts, buy and sometimes return, and the dirt that real streams carry."""
