"""The figures of docs/benchmarks.md, each beside what this machine itself can do, measured by `rtl bench`."""
