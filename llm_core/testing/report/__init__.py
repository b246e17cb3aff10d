"""What a run of the contract showed, as a page for people and a file for machines."""
