//! The `coact` command.

fn main() {}
