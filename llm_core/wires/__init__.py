"""How providers answer: one reader for each wire format, from plain JSON to pieces, and from pieces to events."""
