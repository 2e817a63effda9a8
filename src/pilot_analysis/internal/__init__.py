"""What stays inside: pictures of single people, from the derived tables and never written below the reports folder."""
