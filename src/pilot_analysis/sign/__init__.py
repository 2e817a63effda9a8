"""What leaves the building is written down: checksums of released files, who signed, the ledger of releases."""
