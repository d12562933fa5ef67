"""One module per concern: stacks and catalog in, findings out."""
