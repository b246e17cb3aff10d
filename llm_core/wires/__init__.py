"""Wire formats: each package encodes requests to, or decodes answers from, one provider API, without any I/O."""
