//! The course of a trial, as the supervisor conducts it.

use std::os::unix::net::UnixStream;
use std::process;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::control::{Assignment, News, Order, Orders, Reports, inherited};
use crate::engine::Engine;
use crate::error::{Context, Error, Result};

/// How long an engine that has been told of the end of another role has to notice it in
/// the hub, say what it was doing, and leave. Then it is made to leave.
const GRACE: Duration = Duration::from_millis(30);

/// The end that news are written to, for the engine's thread and the one that listens.
type Shared = Arc<Mutex<Reports<UnixStream>>>;

/// Does the engine that the supervisor at the other end of the control plane assigns,
/// to the end of the trial. When the supervisor dies, so does this process.
pub fn serve() -> Result<()> {
    let (mut orders, reports) = inherited()?;
    let reports = Arc::new(Mutex::new(reports));
    let assignment = match orders.receive() {
        Ok(None) => return Err(Error::new("wait for an assignment: the supervisor has gone")),
        Ok(Some(Order::Assign { assign })) => Assignment::read(&assign),
        Ok(Some(other)) => Err(Error::new(format!("want an assignment first, got {other:?}"))),
        Err(error) => Err(error),
    };
    let assignment = assignment.inspect_err(|error| give_up(&reports, error))?;
    let ((go, started), (exit, over)) = (channel(), channel());
    let other = Arc::clone(&reports);
    thread::Builder::new()
        .name("control".into())
        .spawn(move || listen(orders, &go, &exit, &other))
        .during(|| "start a thread".into())?;
    work(&assignment, &reports, &started, &over)
}

/// Takes orders until the supervisor is gone. It sleeps in the socket during the
/// window, and ends the process wherever the engine is at that moment. What it is told
/// before the engine waits for it, and what it is told again, does no harm.
fn listen(mut orders: Orders<UnixStream>, go: &Sender<()>, exit: &Sender<()>, reports: &Shared) {
    loop {
        let told = match orders.receive() {
            Ok(Some(Order::Go)) => go.send(()),
            Ok(Some(Order::Exit)) => exit.send(()),
            Ok(Some(Order::Lost { key })) => {
                thread::sleep(GRACE);
                let lost = format!("not noticed within {GRACE:?}: the {key}'s process has ended");
                give_up(reports, &Error::new(lost));
                break;
            }
            Ok(Some(Order::Assign { .. } | Order::Other)) => Ok(()),
            Ok(None) => break,
            Err(error) => {
                give_up(reports, &error);
                break;
            }
        };
        if told.is_err() {
            return; // the engine leaves
        }
    }
    process::exit(1); // nobody is left to tell, or to wait for
}

/// Opens the hub, runs the ticks, reports, and waits to be told to leave.
fn work(a: &Assignment, reports: &Shared, go: &Receiver<()>, exit: &Receiver<()>) -> Result<()> {
    let mut engine = Engine::open(a).inspect_err(|error| give_up(reports, error))?;
    send(reports, &News::Ready)?;
    go.recv().during(|| "wait to be told to start".into())?;
    // Before the engine leaves the hub: what the other roles then say is that it went
    // away, which is not the reason.
    let report = engine.run().inspect_err(|error| give_up(reports, error))?;
    send(reports, &News::Report { report: &report })?;
    exit.recv().during(|| "wait to be told to leave".into())
}

fn send(reports: &Shared, news: &News<'_>) -> Result<()> {
    reports.lock().unwrap_or_else(PoisonError::into_inner).send(news)
}

fn give_up(reports: &Shared, why: &Error) {
    if let Err(error) = reports.lock().unwrap_or_else(PoisonError::into_inner).give_up(why) {
        eprintln!("flock-engine: {error}"); // the supervisor is gone, and the listener ends this
    }
}
