//! Steps flocks on request: one request a line on standard input, one answer a line
//! on standard output. What it answers is said at [`flock_native::worker`].

use std::io::{stdin, stdout};
use std::process::ExitCode;

use flock_native::worker;

fn main() -> ExitCode {
    match worker::serve(stdin().lock(), stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("flock-worker: {error}");
            ExitCode::FAILURE
        }
    }
}
