"""What the inside asks of the outside: Protocols, the promises they make, and the streams that keep them."""
