"""One module a client. Every method of its ``Client`` prepares a scenario and returns the action to be measured."""
