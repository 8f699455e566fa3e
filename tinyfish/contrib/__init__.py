"""Integrations with other libraries. Each needs the extra of its name, and is loaded only if a program imports it."""
