"""The data dictionary: one strict pandera schema per table and stage, meaning and unit beside each column."""
