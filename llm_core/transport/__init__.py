"""One HTTP exchange, sync and async: connection pools, one deadline, no redirects, bounded bodies, typed errors."""
