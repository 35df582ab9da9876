"""`python -m rtlakehouse` is `rtl`."""

from rtlakehouse.cli.app import main

main()
