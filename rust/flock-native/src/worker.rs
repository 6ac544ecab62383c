//! The worker: it answers each line with one line, `ok …` or `error MESSAGE`.
//!
//! | request | answer |
//! |---|---|
//! | `backends` | the names of the back ends, `NAME:reason` for one that cannot run here |
//! | `world BOIDS DIMENSIONS SEED POLICYHEX THREADS` | nothing; the world is made, in place of an earlier one |
//! | `advance TICKS` | `CHAIN NEIGHBOURS`: steps with the fastest back end, on all threads |
//! | `time BACKEND PHASE REPS` | `NANOSECONDS NEIGHBOURS` of `sort`, `perceive` or `step`, the world unchanged |
//! | `digest BACKEND` | `HASH` of the frame that a step would write, the world unchanged |
//! | `calibrate` | `key=value …`: see [`Constants`] |
//! | `dense BACKEND REPS` | `NANOSECONDS BOIDS CANDIDATES NEIGHBOURS` of all repetitions: see [`dense::run`] |
//!
//! The back end `threads` is the fastest one on all threads of the world.
//!
//! [`Constants`]: calibrate::Constants

use std::io::{self, BufRead, Write};
use std::str::{FromStr, SplitAsciiWhitespace};
use std::time::Instant;

use flock::layout::POLICY_BYTES;

use crate::heap::{Plan, PolicyBytes};
use crate::{Backend, Error, Heap, Phase, Pool, calibrate, dense, together};

/// A worker and its world.
#[derive(Debug, Default)]
pub struct Worker {
    loaded: Option<Loaded>,
}

/// A world, and the threads that step it.
#[derive(Debug)]
struct Loaded {
    heap: Heap,
    pool: Pool,
}

/// Who steps.
#[derive(Clone, Copy, Debug)]
enum Stepper {
    /// One core.
    One(Backend),
    /// All threads, with the fastest back end.
    All,
}

/// The name of [`Stepper::All`].
const THREADS: &str = "threads";

/// An answer, or what is wrong with the request.
type Answer = Result<String, String>;

/// Answers every line of `requests` on `answers` until there are no more. Fails when
/// one of them cannot be read or written.
pub fn serve(mut requests: impl BufRead, mut answers: impl Write) -> io::Result<()> {
    let (mut worker, mut line) = (Worker::default(), Vec::new());
    loop {
        line.clear();
        if requests.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let answer = worker.answer(&String::from_utf8_lossy(&line));
        writeln!(answers, "{answer}")?;
        answers.flush()?;
    }
}

impl Worker {
    /// The answer to one request, without a line break.
    pub fn answer(&mut self, line: &str) -> String {
        match self.reply(line) {
            Ok(text) if text.is_empty() => "ok".into(),
            Ok(text) => format!("ok {text}"),
            Err(message) => format!("error {}", message.replace(char::is_control, " ")),
        }
    }

    fn reply(&mut self, line: &str) -> Answer {
        let mut words = Words(line.split_ascii_whitespace());
        let verb = words.next("a request")?;
        let reply = match verb {
            "backends" => Request::Backends,
            "world" => Request::World(Box::new(words.plan()?)),
            "advance" => Request::Advance(words.number("TICKS")?),
            "time" => Request::Time(words.stepper()?, words.phase()?, words.repetitions()?),
            "digest" => Request::Digest(words.stepper()?),
            "calibrate" => Request::Calibrate,
            "dense" => Request::Dense(words.backend()?, words.repetitions()?),
            other => return Err(format!("unknown request {other:?}")),
        };
        words.end()?;
        self.perform(reply)
    }

    fn perform(&mut self, request: Request) -> Answer {
        match request {
            Request::Backends => Ok(backends()),
            Request::World(plan) => self.make(&plan),
            Request::Advance(ticks) => self.loaded()?.advance(ticks),
            Request::Time(stepper, phase, reps) => self.loaded()?.time(stepper, phase, reps),
            Request::Digest(stepper) => self.loaded()?.digest(stepper),
            Request::Calibrate => Ok(calibrate::measure().map_err(text)?.to_string()),
            Request::Dense(backend, reps) => {
                let work = dense::run(backend, reps).map_err(text)?;
                let dense::Work { ns, boids, candidates, neighbours } = work;
                Ok(format!("{ns} {boids} {candidates} {neighbours}"))
            }
        }
    }

    fn make(&mut self, plan: &Plan) -> Answer {
        // The earlier world goes first: two of them might not fit.
        self.loaded = None;
        let heap = Heap::new(plan).map_err(text)?;
        let pool =
            Pool::new(plan.parts).map_err(|e| format!("start {} threads: {e}", plan.parts))?;
        self.loaded = Some(Loaded { heap, pool });
        Ok(String::new())
    }

    fn loaded(&mut self) -> Result<&mut Loaded, String> {
        self.loaded.as_mut().ok_or_else(|| "no world yet".into())
    }
}

impl Loaded {
    /// Does a phase of the next step.
    fn run(&mut self, stepper: Stepper, phase: Phase) -> Result<u64, String> {
        let dimensions = self.heap.plan().dimensions;
        let outcome = match stepper {
            Stepper::One(backend) => backend.run(phase, dimensions, &mut self.heap.world(1)),
            Stepper::All => {
                let world = &mut self.heap.world(self.pool.size());
                together::run(&mut self.pool, Backend::best(), phase, dimensions, world)
            }
        };
        outcome.map_err(|fault| text(fault.into()))
    }

    fn advance(&mut self, ticks: u64) -> Answer {
        let alone = self.pool.size() == 1;
        let stepper = if alone { Stepper::One(Backend::best()) } else { Stepper::All };
        for _ in 0..ticks {
            let neighbours = self.run(stepper, Phase::Step)?;
            self.heap.commit(neighbours);
        }
        Ok(format!("{:016x} {}", self.heap.chain(), self.heap.neighbours()))
    }

    fn time(&mut self, stepper: Stepper, phase: Phase, reps: u64) -> Answer {
        let (begin, mut neighbours) = (Instant::now(), 0);
        for _ in 0..reps {
            neighbours = self.run(stepper, phase)?;
        }
        Ok(format!("{} {neighbours}", begin.elapsed().as_nanos()))
    }

    fn digest(&mut self, stepper: Stepper) -> Answer {
        self.run(stepper, Phase::Step)?;
        Ok(format!("{:016x}", self.heap.written()))
    }
}

/// A request that makes sense.
enum Request {
    Backends,
    World(Box<Plan>),
    Advance(u64),
    Time(Stepper, Phase, u64),
    Digest(Stepper),
    Calibrate,
    Dense(Backend, u64),
}

/// The words of a request that were not read yet.
struct Words<'a>(SplitAsciiWhitespace<'a>);

impl<'a> Words<'a> {
    fn next(&mut self, name: &str) -> Result<&'a str, String> {
        self.0.next().ok_or_else(|| format!("{name} is missing"))
    }

    fn number<T: FromStr>(&mut self, name: &str) -> Result<T, String> {
        let word = self.next(name)?;
        word.parse().map_err(|_| format!("{name} {word:?}: want a number"))
    }

    fn repetitions(&mut self) -> Result<u64, String> {
        match self.number("REPS")? {
            0 => Err("REPS 0: want at least 1".into()),
            reps => Ok(reps),
        }
    }

    fn plan(&mut self) -> Result<Plan, String> {
        Ok(Plan {
            boids: self.number("BOIDS")?,
            dimensions: self.number("DIMENSIONS")?,
            seed: self.number("SEED")?,
            policy: unhex(self.next("POLICYHEX")?)?,
            parts: self.number("THREADS")?,
        })
    }

    fn stepper(&mut self) -> Result<Stepper, String> {
        let mut ahead = self.0.clone();
        if ahead.next() == Some(THREADS) {
            self.0 = ahead;
            return Ok(Stepper::All);
        }
        self.backend().map(Stepper::One)
    }

    fn backend(&mut self) -> Result<Backend, String> {
        let name = self.next("BACKEND")?;
        let mut known = Backend::ALL.iter().copied();
        let backend =
            known.find(|b| b.name() == name).ok_or_else(|| format!("unknown back end {name:?}"))?;
        match backend.missing() {
            Some(reason) => Err(format!("back end {name}: {reason}")),
            None => Ok(backend),
        }
    }

    fn phase(&mut self) -> Result<Phase, String> {
        match self.next("PHASE")? {
            "sort" => Ok(Phase::Sort),
            "perceive" => Ok(Phase::Perceive),
            "step" => Ok(Phase::Step),
            other => Err(format!("PHASE {other:?}: want sort, perceive or step")),
        }
    }

    fn end(&mut self) -> Result<(), String> {
        self.0.next().map_or(Ok(()), |word| Err(format!("{word:?} is a word too many")))
    }
}

/// The names of all back ends.
fn backends() -> String {
    let name = |b: &Backend| match b.missing() {
        Some(reason) => format!("{}:{}", b.name(), reason.replace(' ', "_")),
        None => b.name().into(),
    };
    let mut names: Vec<_> = Backend::ALL.iter().map(name).collect();
    names.push(THREADS.into());
    names.join(" ")
}

/// The bytes of a policy, zeros behind those that are given.
fn unhex(word: &str) -> Result<PolicyBytes, String> {
    let mut policy = [0; POLICY_BYTES];
    if !word.len().is_multiple_of(2) || word.len() > 2 * POLICY_BYTES {
        return Err(format!("POLICYHEX of {} digits: want up to {}", word.len(), 2 * POLICY_BYTES));
    }
    for (byte, digits) in policy.iter_mut().zip(word.as_bytes().chunks_exact(2)) {
        *byte = digit(digits[0])? << 4 | digit(digits[1])?;
    }
    Ok(policy)
}

fn digit(c: u8) -> Result<u8, String> {
    let value = char::from(c).to_digit(16).ok_or("POLICYHEX: want hexadecimal digits")?;
    Ok(value as u8)
}

fn text(error: Error) -> String {
    error.to_string()
}
