"""How fast the platform is, measured against a named limit in the same run (`make bench`, docs/benchmarks.md)."""
