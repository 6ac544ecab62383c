//! The course of a trial, as the supervisor conducts it.

use std::os::unix::net::UnixStream;
use std::process;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::control::{Assignment, News, Order, Orders, Reports, inherited};
use crate::engine::Engine;
use crate::error::{Context, Error, Result};

/// Plays the engine that the supervisor at the other end of the control plane assigns,
/// to the end of the trial. When the supervisor dies, so does this process.
pub fn serve() -> Result<()> {
    let (mut orders, mut reports) = inherited()?;
    let assignment = match orders.receive()? {
        Some(Order::Assign { assign }) => *assign,
        other => return Err(Error::new(format!("want an assignment first, got {other:?}"))),
    };
    let (sender, orders_to_come) = channel();
    thread::Builder::new()
        .name("control".into())
        .spawn(move || listen(orders, &sender))
        .during(|| "start a thread".into())?;
    play(&assignment, &mut reports, &orders_to_come)
}

/// Takes orders until the supervisor is gone. It sleeps in the socket during the
/// window, and ends the process wherever the engine is at that moment.
fn listen(mut orders: Orders<UnixStream>, to: &Sender<Order>) {
    loop {
        match orders.receive() {
            Ok(Some(order)) => {
                if to.send(order).is_err() {
                    return; // the engine leaves
                }
            }
            Ok(None) => break,
            Err(error) => {
                eprintln!("flock-engine: {error}");
                break;
            }
        }
    }
    process::exit(1); // nobody is left to tell
}

/// Opens the hub, plays the ticks, reports, and waits to be told to leave.
fn play(a: &Assignment, reports: &mut Reports<UnixStream>, orders: &Receiver<Order>) -> Result<()> {
    let mut engine = Engine::open(a).inspect_err(|error| give_up(reports, error))?;
    reports.send(&News::Ready)?;
    await_order(orders, Order::Go)?;
    // Before the engine leaves the hub: what the other roles then say is that it went
    // away, which is not the reason.
    let report = engine.run().inspect_err(|error| give_up(reports, error))?;
    reports.send(&News::Report { report: &report })?;
    await_order(orders, Order::Exit)
}

fn give_up(reports: &mut Reports<UnixStream>, why: &Error) {
    if let Err(error) = reports.give_up(why) {
        eprintln!("flock-engine: {error}"); // the supervisor is gone, and the listener ends this
    }
}

fn await_order(orders: &Receiver<Order>, want: Order) -> Result<()> {
    let got = orders.recv().during(|| "await an order".into())?;
    if got == want {
        Ok(())
    } else {
        Err(Error::new(format!("ordered to {got:?}, not to {want:?}")))
    }
}
