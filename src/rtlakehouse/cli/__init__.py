"""The program `rtl`: one file a command or group of commands."""
