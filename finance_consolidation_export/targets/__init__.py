"""Writers of the files that consolidation platforms take, and their protocols. No ORM."""
