"""Everything on one machine: what `rtl up` starts and watches."""
