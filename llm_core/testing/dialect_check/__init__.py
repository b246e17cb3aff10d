"""The check of a dialect without an adapter: it reads what a client writes, and plays what it claims to express."""
