"""OpenAI's Chat Completions API, and the providers that are compatible with it."""
