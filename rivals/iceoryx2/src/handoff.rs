//! The loops, the payload and the clock: what Go's package handoff does, in
//! the same order.

use hdrhistogram::Histogram;

use crate::protocol::{Failure, Outcome, Task};

/// Words of a payload before its body: the clock and the number.
const HEAD: usize = 2;
/// The golden ratio in 64 bits.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// One side of a library that publishes.
pub trait Writer {
    /// Publishes the payload of hand-off `n`, every word of it given by
    /// [`word`], right after [`stamp`] has put the clock into it.
    fn publish(&mut self, n: u64, gap_ns: i64) -> Result<(), Failure>;
    /// Returns when the reader has answered.
    fn await_used(&mut self) -> Result<(), Failure>;
}

/// The other side.
pub trait Reader {
    /// Blocks until there is a payload, lends it to `read`, gives it back and
    /// answers.
    fn acquire(
        &mut self,
        read: &mut dyn FnMut(&[u64]) -> Result<(), Failure>,
    ) -> Result<(), Failure>;
}

/// The writer's loop.
pub fn write(task: &Task, link: &mut dyn Writer) -> Result<Outcome, Failure> {
    let mut cpu = 0;
    for n in 0..task.warm_up + task.hand_offs {
        if n == task.warm_up {
            cpu = process_cpu();
        }
        link.publish(n, task.gap_ns).map_err(|error| format!("publish {n}: {error}"))?;
        link.await_used().map_err(|error| format!("await use of {n}: {error}"))?;
    }
    let cpu_ns = process_cpu() - cpu;
    Ok(Outcome { count: task.hand_offs, cpu_ns, ..Outcome::default() })
}

/// The reader's loop.
pub fn read(task: &Task, link: &mut dyn Reader) -> Result<Outcome, Failure> {
    let mut seen = Histogram::<u64>::new_with_bounds(1, 100_000_000_000, 3)?;
    let mut used = seen.clone();
    let mut cpu = 0;
    for n in 0..task.warm_up + task.hand_offs {
        if n == task.warm_up {
            seen.reset();
            used.reset();
            cpu = process_cpu();
        }
        let (mut now, mut then, mut start) = (0, 0, 0);
        link.acquire(&mut |payload| {
            now = monotonic();
            touch(payload, n, &task.touch)?;
            then = monotonic();
            start = payload[0] as i64;
            Ok(())
        })
        .map_err(|error| format!("acquire {n}: {error}"))?;
        record(&mut seen, now - start)?;
        record(&mut used, then - start)?;
    }
    let cpu_ns = process_cpu() - cpu;
    Ok(Outcome { count: seen.len(), histogram: buckets(&seen), used: buckets(&used), cpu_ns })
}

fn record(histogram: &mut Histogram<u64>, ns: i64) -> Result<(), Failure> {
    let ns = u64::try_from(ns).map_err(|_| format!("a latency of {ns} ns"))?;
    Ok(histogram.record(ns)?)
}

fn buckets(histogram: &Histogram<u64>) -> Vec<(u64, u64)> {
    let recorded = histogram.iter_recorded();
    recorded.map(|v| (v.value_iterated_to(), v.count_at_value())).collect()
}

/// Returns word `i` of the payload of hand-off `n`: the clock's, which is to be
/// written last, the number, and then the body.
#[inline]
pub fn word(n: u64, i: usize) -> u64 {
    match i {
        0 => 0,
        1 => n,
        _ => (n + 1).wrapping_mul(STEP).wrapping_add((i - HEAD) as u64),
    }
}

/// Puts the clock into a payload, after the gap.
pub fn stamp(payload: &mut [u64], gap_ns: i64) {
    busy(gap_ns);
    payload[0] = monotonic() as u64;
}

/// Reads what the task asks for and checks it.
fn touch(payload: &[u64], n: u64, what: &str) -> Result<(), Failure> {
    if what == "nothing" {
        return Ok(());
    }
    if payload[1] != n {
        return Err(format!("the payload is of hand-off {}, want {n}", payload[1]).into());
    }
    if what != "everything" {
        return Ok(());
    }
    let body = &payload[HEAD..];
    let got = body.iter().fold(0u64, |sum, word| sum.wrapping_add(*word));
    let want = expected(body.len() as u64, n);
    if got != want {
        return Err(format!("the words of hand-off {n} sum up to {got:#x}, want {want:#x}").into());
    }
    Ok(())
}

/// Returns the sum of the words that `fill` writes behind the head.
fn expected(words: u64, n: u64) -> u64 {
    let first = (n + 1).wrapping_mul(STEP);
    words.wrapping_mul(first).wrapping_add(words * words.saturating_sub(1) / 2)
}

/// Keeps the core for `ns` nanoseconds.
fn busy(ns: i64) {
    if ns <= 0 {
        return;
    }
    let end = monotonic() + ns;
    while monotonic() < end {}
}

fn monotonic() -> i64 {
    clock(libc::CLOCK_MONOTONIC)
}

fn process_cpu() -> i64 {
    clock(libc::CLOCK_PROCESS_CPUTIME_ID)
}

fn clock(id: libc::clockid_t) -> i64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `t` is a timespec that lives through the call, which writes it;
    // both clocks exist on every Linux, so that it cannot fail.
    unsafe { libc::clock_gettime(id, &mut t) };
    t.tv_sec * 1_000_000_000 + t.tv_nsec
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_of_another_hand_off_is_found() {
        for words in [8, 512] {
            let mut payload: Vec<u64> = (0..words).map(|i| word(7, i)).collect();
            for what in ["nothing", "field", "everything"] {
                assert!(touch(&payload, 7, what).is_ok(), "{words} words, touch {what}");
            }
            assert!(touch(&payload, 8, "field").is_err());
            payload[words - 1] ^= 1;
            assert!(touch(&payload, 7, "everything").is_err());
        }
    }

    /// The words are defined by Rust and Go alike; package handoff has the
    /// same test.
    #[test]
    fn the_payload_is_the_same_in_go() {
        let sum = (HEAD..8).fold(0u64, |sum, i| sum.wrapping_add(word(2, i)));
        assert_eq!(sum, 0x1fe6_8f0a_f33c_b989);
    }
}
