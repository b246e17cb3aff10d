"""One HTTP request, in two colours: pooled connections, a deadline, no redirects, and a bound for what is read."""
