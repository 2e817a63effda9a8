"""The check of a delivery outside the workflow: intake alone, a page for the supplier, an exit status."""
