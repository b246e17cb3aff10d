"""What stands behind the port: one package for each provider."""
