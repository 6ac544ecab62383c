//! The control plane: JSON objects, a line each, on a socket that the supervisor
//! inherits to the process. It is silent while a trial is measured. The protocol is
//! specified in docs/control-protocol.md.
//!
//! The transports of the hub have no port or name to tell each other, so that this
//! engine shares no value and looks none up; those of other roles it ignores, as it
//! does every message of a kind that it has no use for.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::{FromRawFd, RawFd};
use std::os::unix::net::UnixStream;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::monotonic;
use crate::error::{Context, Error, Result};
use crate::report::Report;

/// The descriptor at which a role finds its control plane. Those of the data plane
/// follow it.
pub const CONTROL_FD: RawFd = 3;

/// The version of the protocol that this program speaks.
pub const PROTOCOL: u64 = 1;

/// No message may be longer: it is garbage, and must not take the memory.
const LONGEST: u64 = 1 << 20;

/// What the roles of a trial agree on, as far as the engine needs it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Config {
    /// Number of boids.
    pub boids: usize,
    /// Decides the first frame.
    pub seed: u64,
    /// Ticks run but not timed.
    pub warm_up: u64,
    /// Ticks in the measured window.
    pub ticks: u64,
    /// Frame slots of the hub.
    pub slots: usize,
}

impl Config {
    /// The epoch of the last tick, the first being 0. It comes behind the window: in it
    /// the roles gather their evidence.
    #[must_use]
    pub const fn last_epoch(&self) -> u64 {
        self.warm_up + self.ticks
    }

    /// Whether the tick lies in the measured window.
    #[must_use]
    pub const fn measured(&self, epoch: u64) -> bool {
        epoch >= self.warm_up && epoch < self.last_epoch()
    }
}

/// What the supervisor tells an engine that is a program of its own.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Setup {
    /// The policy of the first frame, in canonical form.
    pub policy: Vec<u8>,
}

/// What the process is to do.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Assignment {
    /// `engine`, or this program cannot do it.
    pub role: String,
    /// The workload.
    pub scenario: String,
    /// The transport, whose variant says how to wait.
    pub transport: String,
    /// What all roles agree on.
    pub config: Config,
    /// Seed of the sample of ticks.
    pub draw: u64,
    /// How many descriptors of the data plane were inherited.
    pub files: usize,
    /// What only this engine needs.
    pub setup: Setup,
}

impl Assignment {
    /// Reads an assignment. The version comes first: of another one the rest may be
    /// unlike what is known here.
    pub fn read(assign: &Value) -> Result<Self> {
        let protocol = assign["protocol"].as_u64().unwrap_or(0);
        if protocol != PROTOCOL {
            return Err(Error::new(format!(
                "the assignment is of protocol {protocol}, this program knows {PROTOCOL}: they are not of one build"
            )));
        }
        Self::deserialize(assign).during(|| "decode the assignment".into())
    }
}

/// A message from the supervisor.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Order {
    /// What to do: see [`Assignment::read`].
    Assign {
        /// The assignment.
        assign: Value,
    },
    /// All roles are ready.
    Go,
    /// All roles are done: leave.
    Exit,
    /// The process of a role has ended before its time: give up.
    Lost {
        /// The role.
        key: String,
    },
    /// What this engine has no use for.
    #[serde(other)]
    Other,
}

/// A message to the supervisor.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum News<'a> {
    /// The hub is mapped and the first frame written.
    Ready,
    /// Every tick is over.
    Report {
        /// What was measured.
        report: &'a Report,
    },
    /// The engine gives up.
    Error {
        /// Why.
        error: &'a str,
        /// When, in ns of `CLOCK_MONOTONIC`: what comes first is the cause.
        at: i64,
    },
}

/// The end of the control plane that orders are read from.
#[derive(Debug)]
pub struct Orders<R>(BufReader<R>);

/// The end that news are written to.
#[derive(Debug)]
pub struct Reports<W> {
    to: W,
    gave_up: bool,
}

/// Takes over the inherited control plane, or says that there is none.
pub fn inherited() -> Result<(Orders<UnixStream>, Reports<UnixStream>)> {
    let none = format!(
        "no control plane on descriptor {CONTROL_FD}: the engine is started by copytax run, not by hand"
    );
    if !is_socket(CONTROL_FD) {
        return Err(Error::new(none));
    }
    // SAFETY: the descriptor is open, a socket, and by the contract with the
    // supervisor ours alone: nothing else in this process was made from it.
    let stream = unsafe { UnixStream::from_raw_fd(CONTROL_FD) };
    let copy = stream.try_clone().during(|| "duplicate the control plane".into())?;
    Ok((Orders::new(stream), Reports::new(copy)))
}

/// Whether a descriptor is an open socket.
fn is_socket(fd: RawFd) -> bool {
    let mut stat = std::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the call writes a stat where it is told, or fails.
    let rc = unsafe { libc::fstat(fd, stat.as_mut_ptr()) };
    // SAFETY: written, for the call succeeded.
    rc == 0 && unsafe { stat.assume_init() }.st_mode & libc::S_IFMT == libc::S_IFSOCK
}

impl<R: Read> Orders<R> {
    /// Reads orders from `source`.
    pub fn new(source: R) -> Self {
        Self(BufReader::new(source))
    }

    /// Blocks until the next order, or until the supervisor is gone, which is none.
    pub fn receive(&mut self) -> Result<Option<Order>> {
        let mut line = Vec::new();
        let got = (&mut self.0).take(LONGEST).read_until(b'\n', &mut line);
        match got.during(|| "read the control plane".into())? {
            0 => Ok(None),
            _ if line.last() != Some(&b'\n') => {
                Err(Error::new(format!("control plane: {} bytes that are no message", line.len())))
            }
            _ => parse(&line).map(Some),
        }
    }
}

fn parse(line: &[u8]) -> Result<Order> {
    serde_json::from_slice(line).during(|| "control plane: message that means nothing".into())
}

impl<W: Write> Reports<W> {
    /// Writes news to `to`.
    pub fn new(to: W) -> Self {
        Self { to, gave_up: false }
    }

    /// Sends one message.
    pub fn send(&mut self, news: &News<'_>) -> Result<()> {
        let mut line = serde_json::to_vec(news).during(|| "encode a message".into())?;
        line.push(b'\n');
        self.to.write_all(&line).during(|| "write the control plane".into())
    }

    /// Tells why the engine gives up, the first time that it is called. When the
    /// supervisor cannot be told, it is gone, and so will be this process.
    pub fn give_up(&mut self, why: &Error) -> io::Result<()> {
        if std::mem::replace(&mut self.gave_up, true) {
            return Ok(());
        }
        let (error, at) = (&why.to_string(), monotonic());
        self.send(&News::Error { error, at }).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With the names that the Go side writes, of which this program needs some.
    const ASSIGN: &str = concat!(
        r#"{"kind":"assign","assign":{"protocol":1,"role":"engine","scenario":"flock","transport":"shm:park","#,
        r#""config":{"boids":101,"neighbours":8,"mode":"constant-density","seed":18446744073709551615,"#,
        r#""warm_up":10,"ticks":120,"slots":3,"options":"attach=@a"},"draw":9223372036854775808,"files":3,"#,
        r#""setup":{"policy":[1,2,255]}}}"#,
        "\n"
    );

    const LOST: &str = "{\"kind\":\"lost\",\"key\":\"viewer\"}\n";

    fn orders(bytes: &[u8]) -> Orders<&[u8]> {
        Orders::new(bytes)
    }

    #[test]
    fn orders_come_in_order() {
        let all = [ASSIGN, "{\"kind\":\"go\"}\n", "{\"kind\":\"exit\"}\n", LOST].concat();
        let mut orders = orders(all.as_bytes());
        let Ok(Some(Order::Assign { assign })) = orders.receive() else { panic!("no assignment") };
        let assign = Assignment::read(&assign).expect("an assignment");
        assert_eq!((assign.role.as_str(), assign.transport.as_str()), ("engine", "shm:park"));
        assert_eq!((assign.draw, assign.files), (1 << 63, 3));
        assert_eq!(assign.setup.policy, [1, 2, 255]);
        let want = Config { boids: 101, seed: u64::MAX, warm_up: 10, ticks: 120, slots: 3 };
        assert_eq!(assign.config, want);
        assert_eq!(orders.receive(), Ok(Some(Order::Go)));
        assert_eq!(orders.receive(), Ok(Some(Order::Exit)));
        assert_eq!(orders.receive(), Ok(Some(Order::Lost { key: "viewer".into() })));
        assert_eq!(orders.receive(), Ok(None));
    }

    #[test]
    fn garbage_is_refused() {
        for garbage in [
            "\n",
            "{}\n",
            "null\n",
            "{\"kind\":\"go\"",
            "{\"kind\":\"go\"}{\"kind\":\"exit\"}\n",
            "{\"kind\":\"lost\"}\n",
            "{\"kind\":\"assign\"}\n",
            "\u{0}\u{1}\u{2}\n",
        ] {
            assert!(
                orders(garbage.as_bytes()).receive().is_err(),
                "{garbage:?} was taken for an order"
            );
        }
        assert!(orders(&[0xff; 64]).receive().is_err());
    }

    #[test]
    fn other_kinds_and_fields_are_ignored() {
        for other in [
            "{\"kind\":\"value\",\"key\":\"port\",\"value\":\"1\"}\n",
            "{\"kind\":\"status\"}\n",
            "{\"kind\":\"fly\",\"to\":[1,{\"kind\":\"go\"}]}\n",
        ] {
            assert_eq!(orders(other.as_bytes()).receive(), Ok(Some(Order::Other)), "{other}");
        }
        let go = "{\"speed\":9,\"kind\":\"go\"}\n";
        assert_eq!(orders(go.as_bytes()).receive(), Ok(Some(Order::Go)));
    }

    /// Reads the assignment in a message.
    fn read(message: &str) -> Result<Assignment> {
        match orders(message.as_bytes()).receive() {
            Ok(Some(Order::Assign { assign })) => Assignment::read(&assign),
            other => panic!("{message} was taken for {other:?}"),
        }
    }

    #[test]
    fn wrong_assignments_are_refused() {
        for (was, is, want) in [
            ("101", "-1", "decode the assignment: "),
            ("101", "1e9", "decode the assignment: "),
            ("255", "256", "decode the assignment: "),
            ("\"slots\":3", "\"slots\":\"3\"", "decode the assignment: "),
            (
                "\"protocol\":1",
                "\"protocol\":2,\"role\":[]",
                "the assignment is of protocol 2, this program knows 1",
            ),
            ("\"protocol\":1", "\"protocol\":\"1\"", "the assignment is of protocol 0"),
            ("\"protocol\":1,", "", "the assignment is of protocol 0"),
        ] {
            let error = read(&ASSIGN.replace(was, is)).expect_err(is).to_string();
            assert!(error.starts_with(want), "{is}: {error}");
        }
        assert!(read("{\"kind\":\"assign\",\"assign\":{}}\n").is_err());
        assert!(read("{\"kind\":\"assign\",\"assign\":{\"protocol\":1}}\n").is_err());
    }

    /// A message without an end is refused, at the cost of so much memory and no more.
    #[test]
    fn endless_messages_end() {
        let mut orders = Orders::new(io::repeat(b'['));
        let error = orders.receive().expect_err("an endless message");
        assert!(error.to_string().contains("1048576 bytes"), "{error}");
    }

    /// Every prefix of an assignment, and the assignment with any byte changed: none
    /// makes the parser panic, and no prefix is taken for the whole.
    #[test]
    fn damaged_assignments_do_no_harm() {
        let whole = ASSIGN.as_bytes();
        for end in 1..whole.len() {
            assert!(
                orders(&whole[..end]).receive().is_err(),
                "a prefix of {end} bytes was accepted"
            );
        }
        let mut refused = 0;
        for at in 0..whole.len() {
            let mut damaged = whole.to_vec();
            damaged[at] ^= 1 << (at % 8);
            refused += match orders(&damaged).receive() {
                Ok(Some(Order::Assign { assign })) => {
                    usize::from(Assignment::read(&assign).is_err())
                }
                _ => 1,
            };
        }
        assert!(refused > whole.len() / 2, "{refused} of {} were refused", whole.len());
    }

    #[test]
    fn news_are_what_the_supervisor_reads() {
        let mut sent = Reports::new(Vec::new());
        sent.send(&News::Ready).expect("a write to memory");
        sent.give_up(&Error::new("the \"hub\" is gone")).expect("a write to memory");
        sent.give_up(&Error::new("and the socket, too")).expect("nothing");
        let sent = String::from_utf8(sent.to).expect("text");
        let (ready, error) = sent.split_once('\n').expect("two lines");
        assert_eq!(ready, r#"{"kind":"ready"}"#);
        assert!(
            error.starts_with(r#"{"kind":"error","error":"the \"hub\" is gone","at":"#),
            "{error}"
        );
        assert!(error.ends_with("}\n"), "{error}");
    }
}
