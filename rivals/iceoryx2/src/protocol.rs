//! The lines of JSON between a run and a worker, as Go's package
//! experiment/lab writes and reads them.

use std::error::Error;
use std::io::{BufRead, Write};

use serde::{Deserialize, Serialize};

/// An error of any kind, with its text.
pub type Failure = Box<dyn Error>;

/// The first line that a worker reads.
#[derive(Deserialize)]
struct Order {
    job: String,
    args: Task,
}

/// The job of a worker of the comparison.
const JOB: &str = "rivals-worker";

/// The arguments of the job: package handoff's.
#[derive(Clone, Debug, Deserialize)]
pub struct Task {
    /// Which library, and how it waits.
    pub arm: String,
    /// "writer" or "reader".
    pub side: String,
    /// A name that no other pair uses.
    pub address: String,
    /// Where files and sockets may lie; the run removes it.
    pub folder: String,
    /// Hand-offs to measure, after the warm-up.
    pub hand_offs: u64,
    /// Hand-offs before, not measured.
    pub warm_up: u64,
    /// The writer is busy for so many nanoseconds before each publish.
    pub gap_ns: i64,
    /// Size of the payload, a multiple of 16, at least 64.
    pub bytes: usize,
    /// What the reader reads: "nothing", "field" or "everything".
    pub touch: String,
}

/// What a worker found. The histograms are the reader's: pairs of ns and count.
#[derive(Debug, Default, Serialize)]
pub struct Outcome {
    /// Hand-offs that were measured.
    pub count: u64,
    /// From just before the publish until the reader has the payload.
    pub histogram: Vec<(u64, u64)>,
    /// The same, until the reader has also read what it is to touch.
    pub used: Vec<(u64, u64)>,
    /// CPU time of the whole process over the measured hand-offs.
    pub cpu_ns: i64,
}

#[derive(Deserialize)]
struct Start {
    #[serde(alias = "Go")]
    go: bool,
}

impl Task {
    /// Returns an error for a task that nobody can do.
    fn check(&self) -> Result<(), Failure> {
        if self.bytes < 64 || !self.bytes.is_multiple_of(16) {
            let bytes = self.bytes;
            return Err(format!("payload of {bytes} bytes, want a multiple of 16 from 64").into());
        }
        match self.touch.as_str() {
            "nothing" | "field" | "everything" => Ok(()),
            other => Err(format!("touch {other:?}, want nothing, field or everything").into()),
        }
    }
}

/// Does the job that the first line asks for. `work` is given the task and a
/// function that says "ready" and blocks until the run lets it begin. What fails
/// is told to the run as well as returned.
pub fn serve<W>(mut input: impl BufRead, mut output: impl Write, work: W) -> Result<(), Failure>
where
    W: FnOnce(&Task, &mut dyn FnMut() -> Result<(), Failure>) -> Result<Outcome, Failure>,
{
    let order: Order = line(&mut input)?;
    let result = order.args.check().and_then(|()| match order.job.as_str() {
        JOB => work(&order.args, &mut || barrier(&mut input, &mut output)),
        other => Err(format!("unknown job {other:?}").into()),
    });
    match &result {
        Ok(outcome) => say(&mut output, &serde_json::json!({ "result": outcome }))?,
        Err(error) => {
            let (arm, side) = (&order.args.arm, &order.args.side);
            let text = format!("{arm} {side}: {error}");
            say(&mut output, &serde_json::json!({ "error": text }))?;
        }
    }
    result.map(|_| ())
}

fn barrier(input: &mut impl BufRead, output: &mut impl Write) -> Result<(), Failure> {
    say(output, &serde_json::json!({ "ready": true }))?;
    match line::<Start>(input)? {
        Start { go: true } => Ok(()),
        Start { go: false } => Err("the run does not want to begin".into()),
    }
}

fn line<T: for<'a> Deserialize<'a>>(input: &mut impl BufRead) -> Result<T, Failure> {
    let mut text = String::new();
    if input.read_line(&mut text)? == 0 {
        return Err("the run has gone".into());
    }
    Ok(serde_json::from_str(&text)?)
}

fn say(output: &mut impl Write, value: &serde_json::Value) -> Result<(), Failure> {
    writeln!(output, "{value}")?;
    Ok(output.flush()?)
}

/// Returns the versions that this program was built from, as JSON.
pub fn versions() -> String {
    let lock = include_str!("../Cargo.lock");
    let version = lock
        .split("[[package]]")
        .find(|package| package.contains("name = \"iceoryx2\"\n"))
        .and_then(|package| package.split("version = \"").nth(1))
        .and_then(|rest| rest.split('"').next())
        .unwrap_or("unknown");
    serde_json::json!({ "iceoryx2": version, "rustc": env!("RUSTC_VERSION") }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: &str = r#"{"job":"rivals-worker","args":{"arm":"a","side":"writer","address":"x","folder":"/tmp",
        "hand_offs":3,"warm_up":1,"gap_ns":0,"bytes":64,"touch":"field"},"files":0}"#;

    fn said(order: &str) -> (Result<(), Failure>, String) {
        let input = order.replace('\n', " ") + "\n{\"Go\":true}\n";
        let mut output = Vec::new();
        let result = serve(input.as_bytes(), &mut output, |task, ready| {
            ready()?;
            Ok(Outcome { count: task.hand_offs, ..Outcome::default() })
        });
        (result, String::from_utf8(output).expect("JSON is text"))
    }

    #[test]
    fn a_task_is_done_between_the_barrier_and_the_result() {
        let (result, output) = said(ORDER);
        assert!(result.is_ok(), "{result:?}");
        let lines: Vec<&str> = output.lines().collect();
        assert_eq!(lines.len(), 2, "{output}");
        assert_eq!(lines[0], r#"{"ready":true}"#);
        assert!(lines[1].contains(r#""count":3"#), "{output}");
    }

    #[test]
    fn what_cannot_be_done_is_told_to_the_run() {
        for (from, to, want) in [
            ("\"bytes\":64", "\"bytes\":72", "multiple of 16"),
            ("\"touch\":\"field\"", "\"touch\":\"all\"", "touch"),
            ("\"job\":\"rivals-worker\"", "\"job\":\"dance\"", "unknown job"),
        ] {
            let (result, output) = said(&ORDER.replace(from, to));
            assert!(result.is_err(), "{to} was taken");
            assert!(output.contains("error") && output.contains(want), "{output}");
        }
    }

    #[test]
    fn versions_are_those_of_the_lock_file_and_the_compiler() {
        assert!(versions().contains("\"iceoryx2\":\"0."), "{}", versions());
        assert!(versions().contains("\"rustc\":\"rustc "), "{}", versions());
    }
}
