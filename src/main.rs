//! The `coact` command: arguments, output and exit codes. All work is in the library.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
