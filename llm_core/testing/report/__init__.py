"""The result of a contract run, as a page for people and a file for machines."""
