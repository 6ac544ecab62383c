//! The worker of iceoryx2 in the experiment rivals: publish-subscribe with one
//! publisher and one subscriber, whose reader either polls or sleeps on the
//! library's own event.
//!
//! A run starts it twice, as writer and as reader, and exchanges lines of JSON
//! with each: the protocol of Go's package experiment/lab. With `--versions` it
//! prints what it was built from. Start at [`handoff`] for the loops and the
//! payload, at [`iox`] for the library.

mod handoff;
mod iox;
mod protocol;

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("--versions") {
        println!("{}", protocol::versions());
        return ExitCode::SUCCESS;
    }
    match protocol::serve(std::io::stdin().lock(), std::io::stdout(), iox::work) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
