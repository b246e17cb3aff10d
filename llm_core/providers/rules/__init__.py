"""Rules that several providers share: addresses, and what families of models accept."""
