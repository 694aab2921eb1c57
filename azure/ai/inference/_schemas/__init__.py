"""From Python types to JSON schemas, and from JSON back to their values. Imported on first use."""
