//! The library, as its examples use it.
//!
//! Every option is iceoryx2's default but the following. Safe overflow is off:
//! a publisher must not overwrite what the subscriber has not taken, as no arm
//! of the comparison may. The largest slice is the payload's size, which the
//! library has to be told. Files lie in the run's folder behind a prefix of
//! their own, so that other users of the library on this machine are neither
//! seen nor disturbed and nothing is left behind. The log is for errors.

use iceoryx2::port::listener::Listener;
use iceoryx2::port::notifier::Notifier;
use iceoryx2::port::publisher::Publisher;
use iceoryx2::port::subscriber::Subscriber;
use iceoryx2::prelude::*;
use iceoryx2::sample::Sample;
use iceoryx2::service::port_factory::{event, publish_subscribe};

use crate::handoff::{self, Reader, Writer};
use crate::protocol::{Failure, Outcome, Task};

/// Looks of a polling reader between two offers of its core to others. A look
/// at an empty subscriber takes 0.11 µs, so that this is some 20 µs, about as
/// rarely as this project's own spin does the same. Without it a poller on a
/// busy machine would keep the core from the very process that it waits for,
/// and the row would show the scheduler's slice.
const PATIENCE: u32 = 180;

type Service = ipc::Service;
type Words = [u64];

/// Does a task on either side.
pub fn work(
    task: &Task,
    ready: &mut dyn FnMut() -> Result<(), Failure>,
) -> Result<Outcome, Failure> {
    set_log_level(LogLevel::Error);
    let sleeps = match task.arm.as_str() {
        "iceoryx2:poll" => false,
        "iceoryx2:event" => true,
        other => return Err(format!("unknown arm {other:?}").into()),
    };
    let node = NodeBuilder::new().config(&config(task)?).create::<Service>()?;
    let words = task.bytes / 8;
    match task.side.as_str() {
        "writer" => {
            let data = Outlet::open(&node, "data", words, sleeps)?;
            let mut link =
                WriterLink { data, answers: Inlet::open(&node, "answers", sleeps)?, words };
            ready()?;
            handoff::write(task, &mut link)
        }
        "reader" => {
            let data = Inlet::open(&node, "data", sleeps)?;
            let mut link = ReaderLink { data, answers: Outlet::open(&node, "answers", 1, sleeps)? };
            ready()?;
            handoff::read(task, &mut link)
        }
        other => Err(format!("side {other:?}, want writer or reader").into()),
    }
}

fn config(task: &Task) -> Result<Config, Failure> {
    let mut config = Config::default();
    config.global.set_root_path(&Path::new(task.folder.as_bytes())?);
    config.global.prefix = FileName::new(format!("{}_", task.address).as_bytes())?;
    Ok(config)
}

fn samples(
    node: &Node<Service>,
    name: &str,
) -> Result<publish_subscribe::PortFactory<Service, Words, ()>, Failure> {
    let service = node.service_builder(&name.try_into()?).publish_subscribe::<Words>();
    Ok(service.enable_safe_overflow(false).open_or_create()?)
}

fn events(node: &Node<Service>, name: &str) -> Result<event::PortFactory<Service>, Failure> {
    Ok(node.service_builder(&name.try_into()?).event().open_or_create()?)
}

/// Where samples leave: a publisher, and what wakes the other side if it sleeps.
struct Outlet {
    publisher: Publisher<Service, Words, ()>,
    wake: Option<Notifier<Service>>,
}

impl Outlet {
    fn open(node: &Node<Service>, name: &str, words: usize, sleeps: bool) -> Result<Self, Failure> {
        let ports = samples(node, name)?;
        let publisher = ports.publisher_builder().initial_max_slice_len(words).create()?;
        let wake = match sleeps {
            true => Some(events(node, name)?.notifier_builder().create()?),
            false => None,
        };
        Ok(Self { publisher, wake })
    }

    /// Sends a sample of `words` words: `word` gives each by its index, `last`
    /// has the final say.
    fn send(
        &self,
        words: usize,
        word: impl FnMut(usize) -> u64,
        last: impl FnOnce(&mut [u64]),
    ) -> Result<(), Failure> {
        let mut sample = self.publisher.loan_slice_uninit(words)?.write_from_fn(word);
        last(sample.payload_mut());
        let receivers = sample.send()?;
        if receivers != 1 {
            return Err(format!("the sample reached {receivers} subscribers, want 1").into());
        }
        if let Some(wake) = &self.wake {
            wake.notify()?;
        }
        Ok(())
    }
}

/// Where samples arrive: a subscriber, and what it sleeps on if it does.
struct Inlet {
    subscriber: Subscriber<Service, Words, ()>,
    woken: Option<Listener<Service>>,
}

impl Inlet {
    fn open(node: &Node<Service>, name: &str, sleeps: bool) -> Result<Self, Failure> {
        let subscriber = samples(node, name)?.subscriber_builder().create()?;
        let woken = match sleeps {
            true => Some(events(node, name)?.listener_builder().create()?),
            false => None,
        };
        Ok(Self { subscriber, woken })
    }

    /// Blocks until there is a sample. An event may announce a sample that has
    /// been taken already: then it looks, and sleeps again.
    fn receive(&self) -> Result<Sample<Service, Words, ()>, Failure> {
        for look in 1u32.. {
            if let Some(sample) = self.subscriber.receive()? {
                return Ok(sample);
            }
            match &self.woken {
                Some(listener) => {
                    listener.blocking_wait(|_| {})?;
                }
                None if look.is_multiple_of(PATIENCE) => std::thread::yield_now(),
                None => std::hint::spin_loop(),
            }
        }
        Err("gave up after four thousand million looks".into())
    }
}

struct WriterLink {
    data: Outlet,
    answers: Inlet,
    words: usize,
}

impl Writer for WriterLink {
    fn publish(&mut self, n: u64, gap_ns: i64) -> Result<(), Failure> {
        self.data.send(
            self.words,
            |i| handoff::word(n, i),
            |payload| handoff::stamp(payload, gap_ns),
        )
    }

    fn await_used(&mut self) -> Result<(), Failure> {
        self.answers.receive().map(|_| ())
    }
}

struct ReaderLink {
    data: Inlet,
    answers: Outlet,
}

impl Reader for ReaderLink {
    fn acquire(
        &mut self,
        read: &mut dyn FnMut(&[u64]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let sample = self.data.receive()?;
        read(sample.payload())?;
        drop(sample); // gives it back before the answer
        self.answers.send(1, |_| 0, |_| {})
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Barrier;

    use super::*;

    /// A folder and a prefix of their own, removed at the end.
    struct Place {
        folder: PathBuf,
        prefix: String,
    }

    impl Place {
        fn new(name: &str) -> Self {
            let prefix = format!("rivals-test-{name}-{}", std::process::id());
            let folder = std::env::temp_dir().join(&prefix);
            std::fs::create_dir_all(&folder).expect("a folder for the test");
            Self { folder, prefix }
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.folder);
            for entry in std::fs::read_dir("/dev/shm").into_iter().flatten().flatten() {
                if entry.file_name().to_string_lossy().starts_with(&self.prefix) {
                    let _ = std::fs::remove_file(entry.path());
                }
            }
        }
    }

    fn hand_over(arm: &str, bytes: usize) {
        let place = Place::new(&format!("{}-{bytes}", &arm["iceoryx2:".len()..]));
        let task = |side: &str| Task {
            arm: arm.into(),
            side: side.into(),
            address: place.prefix.clone(),
            folder: place.folder.to_string_lossy().into_owned(),
            hand_offs: 50,
            warm_up: 5,
            gap_ns: 0,
            bytes,
            touch: "everything".into(),
        };
        let both_ready = Barrier::new(2);
        let side = |name: &str| {
            let outcome = work(&task(name), &mut || {
                both_ready.wait();
                Ok(())
            });
            outcome.map_err(|error| error.to_string())
        };
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| side("writer"));
            let read = side("reader").expect("the reader's side");
            let wrote = writer.join().expect("no panic").expect("the writer's side");
            assert_eq!((read.count, wrote.count), (50, 50));
            assert_eq!(read.histogram.iter().map(|bucket| bucket.1).sum::<u64>(), 50);
        });
    }

    #[test]
    fn both_arms_hand_over() {
        for arm in ["iceoryx2:poll", "iceoryx2:event"] {
            for bytes in [64, 256 << 10] {
                hand_over(arm, bytes);
            }
        }
    }

    #[test]
    fn an_unknown_arm_is_refused() {
        let task = Task {
            arm: "iceoryx2:dream".into(),
            side: "writer".into(),
            address: "x".into(),
            folder: "/tmp".into(),
            hand_offs: 1,
            warm_up: 0,
            gap_ns: 0,
            bytes: 64,
            touch: "field".into(),
        };
        let error = work(&task, &mut || Ok(())).expect_err("an unknown arm");
        assert!(error.to_string().contains("dream"), "{error}");
    }
}
