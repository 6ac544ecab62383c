//! The engine of a trial as a native process: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--version"] => {
            println!("{}", flock_engine::version());
            ExitCode::SUCCESS
        }
        ["role", "engine"] => match flock_engine::serve() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("flock-engine: {error}");
                ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!(
                "usage: flock-engine --version\n       copytax run --placement go,native,go starts it for each trial"
            );
            ExitCode::from(2)
        }
    }
}
