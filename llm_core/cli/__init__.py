"""The command line ``llm-core``: chat with a model, check a contract, show the settings."""
