"""The contract that every adapter keeps, for the authors of adapters."""
