//! The JSON of the command line: types at the edge, filled from what the brain says.
