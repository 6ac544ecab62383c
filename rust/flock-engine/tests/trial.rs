//! The program under a supervisor and a kernel of the test's own making.

use std::io::{BufRead, BufReader, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hub::{Access, Kind, Layout, Reader, Region, Role, Strategy, Words};
use serde_json::{Value, json};

const BOIDS: usize = 101;
const SLOTS: usize = 3;
const TICKS: u64 = 130;
/// Longer than anything takes that does not hang.
const PATIENCE: Duration = Duration::from_secs(30);

/// A policy that a small flock can live by, as the crate `flock` lays it out.
fn policy(epoch: u64) -> [u8; 256] {
    use flock::layout as at;
    let mut block = [0; 256];
    block[..8].copy_from_slice(&epoch.to_le_bytes());
    block[8..16].copy_from_slice(&(epoch / 60).to_le_bytes());
    let mut put = |at: usize, v: f32| block[at..at + 4].copy_from_slice(&v.to_le_bytes());
    for (at, v) in [
        (at::POLICY_DT, 1.0 / 60.0),
        (at::POLICY_RADIUS, 1.0),
        (at::POLICY_SEPARATION, 7.5),
        (at::POLICY_MARGIN, 0.5),
        (at::POLICY_MAX, 2.5),
        (at::POLICY_MAX + 4, 2.5),
        (at::POLICY_MAX + 8, 2.5),
        (at::POLICY_MIN_SPEED, 1.0),
        (at::POLICY_MAX_SPEED, 3.0),
        (at::POLICY_MAX_ACCEL, 12.0),
    ] {
        put(at, v);
    }
    block
}

fn assignment() -> Value {
    json!({
        "protocol": 1, "role": "engine", "scenario": "flock", "transport": "shm:park", "draw": 7, "files": 3,
        "config": {
            "boids": BOIDS, "neighbours": 8, "mode": "constant-density", "seed": 1,
            "warm_up": 10, "ticks": TICKS - 11, "slots": SLOTS,
        },
        "setup": { "policy": policy(0).to_vec() },
    })
}

/// The engine's process and what is at the other end of its descriptors.
struct Engine {
    child: Child,
    control: UnixStream,
    lines: BufReader<UnixStream>,
    words: Words,
    orders: Region,
}

/// Starts the program with `files` behind its control plane.
fn launch(files: &[OwnedFd]) -> (Child, UnixStream) {
    let (ours, theirs) = UnixStream::pair().expect("a socket pair");
    ours.set_read_timeout(Some(PATIENCE)).expect("a time limit");
    let all: Vec<RawFd> = std::iter::once(theirs.as_raw_fd())
        .chain(files.iter().map(AsRawFd::as_raw_fd))
        .map(high)
        .collect();
    let mut command = Command::new(env!("CARGO_BIN_EXE_flock-engine"));
    command.args(["role", "engine"]).stderr(Stdio::piped());
    let inherited = all.clone();
    let inherit = move || {
        for (fd, place) in inherited.iter().zip(3..) {
            // SAFETY: the call takes numbers only and may be made behind a fork.
            if unsafe { libc::dup2(*fd, place) } < 0 {
                return Err(std::io::Error::last_os_error());
            }
        }
        Ok(())
    };
    // SAFETY: nothing but dup2 is called between fork and exec.
    let child = unsafe { command.pre_exec(inherit) }.spawn().expect("the program");
    for fd in all {
        // SAFETY: made by `high`, and nobody else's.
        unsafe { libc::close(fd) };
    }
    (child, ours)
}

/// A duplicate of a descriptor with a number that no inherited one will get.
fn high(fd: RawFd) -> RawFd {
    // SAFETY: the call takes numbers only.
    let copy = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 100) };
    assert!(copy >= 100, "duplicate descriptor {fd}");
    copy
}

impl Engine {
    /// Starts the program on a hub of its own.
    fn open(assignment: &Value) -> Self {
        let layout = Layout::new(BOIDS, SLOTS, 0).expect("a layout");
        let files = [Kind::Control, Kind::Orders, Kind::Frames]
            .map(|kind| hub::create(kind, &layout).expect("a region"));
        let control = Region::map(files[0].as_fd(), Kind::Control, &layout, Access::Writable);
        let orders = Region::map(files[1].as_fd(), Kind::Orders, &layout, Access::Writable);
        let words = Words::new(control.expect("the control page")).expect("the words");
        let (child, control) = launch(&files);
        let lines = BufReader::new(control.try_clone().expect("a duplicate"));
        let mut engine = Self { child, control, lines, words, orders: orders.expect("the orders") };
        engine.tell(&json!({ "kind": "assign", "assign": assignment }));
        engine
    }

    fn tell(&mut self, message: &Value) {
        writeln!(self.control, "{message}").expect("a message down");
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a message up");
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{line:?} is no message: {e}"))
    }

    /// Waits until the engine is ready and lets it go.
    fn go(&mut self) {
        assert_eq!(self.hear(), json!({ "kind": "ready" }));
        self.tell(&json!({ "kind": "go" }));
    }

    /// Publishes a policy as the kernel does.
    fn publish(&self, epoch: u64, block: &[u8; 256]) {
        let at = self.orders.layout().policy_offset((epoch % 2) as usize);
        for (i, word) in block.chunks_exact(8).enumerate() {
            let value = u64::from_le_bytes(word.try_into().expect("eight bytes"));
            let to = self.orders.word(at + 8 * i).expect("a word of the policy");
            to.store(value, std::sync::atomic::Ordering::Relaxed);
        }
        self.words.policy().post(epoch + 1);
    }

    /// Waits until the process has ended; fails when it does not. Returns whether it
    /// left in good order, and what it said.
    fn end(mut self) -> (bool, String) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("the child") {
                break status;
            }
            if start.elapsed() > PATIENCE {
                self.child.kill().expect("a kill");
                panic!("the engine is still there after {PATIENCE:?}");
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        let mut said = String::new();
        let stderr = self.child.stderr.take().expect("its standard error");
        std::io::Read::read_to_string(&mut BufReader::new(stderr), &mut said).expect("text");
        (status.success(), said)
    }

    /// What the engine gives up with, as the supervisor and a person are told it.
    fn gives_up(mut self) -> String {
        let message = self.hear();
        assert_eq!(message["kind"], "error", "{message}");
        assert!(message["at"].as_i64().is_some_and(|at| at > 0), "{message}");
        let error = message["error"].as_str().expect("a reason").to_owned();
        let (success, said) = self.end();
        assert!(!success && said.contains(&error), "said {said:?}, reported {error:?}");
        error
    }
}

#[test]
fn a_trial_runs_to_its_end() {
    let mut engine = Engine::open(&assignment());
    engine.go();
    let mut readers =
        [0, 2].map(|index| Reader::new(engine.words.clone(), SLOTS, index).expect("a reader"));
    for epoch in 0..TICKS {
        engine.publish(epoch, &policy(epoch));
        for reader in &mut readers {
            reader.lease(epoch, Strategy::Park).expect("a frame");
            reader.release();
        }
    }
    let report = engine.hear();
    assert_eq!(report["kind"], "report", "{report}");
    let sample = &report["report"]["samples"][0];
    let metric = |name: &str| sample["metrics"][name].as_f64();
    for name in ["copied_bytes", "wire_bytes", "alloc_objects", "collections"] {
        assert_eq!(metric(name), Some(0.0), "{name}: {sample}");
    }
    for name in [
        "wall_ns",
        "process_cpu_ns",
        "cpu_compute_ns",
        "wall_wait_ns",
        "stride",
        "laps",
        "syscalls",
    ] {
        assert!(metric(name).is_some_and(|value| value > 0.0), "{name}: {sample}");
    }
    for name in ["stretch_cpu_ns", "stretch_wall_ns"] {
        let stretches = sample["series"][name].as_array().expect("a series");
        assert!(!stretches.is_empty() && stretches.len() <= 60, "{name}: {sample}");
    }
    assert!(metric("mean_neighbours").is_some_and(|n| n > 1.0), "{sample}");
    assert_eq!((&sample["worker"], sample.get("shares")), (&json!("engine"), None));
    assert_eq!(sample["evidence"]["genome"].as_str().map(str::len), Some(16), "{sample}");
    assert_eq!(sample["proof"]["map_inode"], sample["proof"]["hub_inode"], "{sample}");
    assert_eq!(sample["pid"], engine.child.id());
    engine.tell(&json!({ "kind": "exit" }));
    let words = engine.words.clone();
    assert_eq!(engine.end(), (true, String::new()));
    assert!(words.has_left(Role::Engine));
}

/// The supervisor dies while the engine sleeps on a futex.
#[test]
fn it_leaves_when_the_supervisor_is_gone() {
    for started in [false, true] {
        let mut engine = Engine::open(&assignment());
        if started {
            engine.go();
            engine.publish(0, &policy(0));
            engine.words.frame().wait(1, Strategy::Park).expect("a frame");
        } else {
            assert_eq!(engine.hear(), json!({ "kind": "ready" }));
        }
        std::thread::sleep(Duration::from_millis(20)); // into its sleep
        engine.control.shutdown(std::net::Shutdown::Both).expect("an end");
        let start = Instant::now();
        assert!(!engine.end().0);
        eprintln!("started {started}: gone after {:?}", start.elapsed());
    }
}

#[test]
fn it_says_who_left() {
    let mut engine = Engine::open(&assignment());
    engine.go();
    engine.publish(0, &policy(0));
    engine.words.frame().wait(1, Strategy::Park).expect("a frame");
    engine.words.leave(Role::Kernel);
    let error = engine.gives_up();
    assert_eq!(error, "tick 1: await policy 1: the kernel has left the hub");
}

/// A role dies that the hub says nothing of: the engine says so, and does not wait on.
#[test]
fn it_leaves_when_another_role_is_lost() {
    for started in [false, true] {
        let mut engine = Engine::open(&assignment());
        if started {
            engine.go();
        } else {
            assert_eq!(engine.hear(), json!({ "kind": "ready" }));
        }
        engine.tell(&json!({ "kind": "lost", "key": "viewer" }));
        let message = engine.hear();
        assert_eq!(message["error"], "not noticed within 30ms: the viewer's process has ended");
        assert!(!engine.end().0, "started {started}");
    }
}

#[test]
fn a_kernel_that_breaks_the_protocol_is_refused() {
    let mut other = policy(0);
    other[0] = 9;
    let mut leap = policy(0);
    leap[8] = 5;
    let mut wild = policy(0);
    wild[flock::layout::POLICY_MAX..][..4].copy_from_slice(&f32::INFINITY.to_le_bytes());
    let mut large = policy(0);
    large[flock::layout::POLICY_MAX..][..4].copy_from_slice(&900f32.to_le_bytes());
    for (block, want) in [
        (other, "tick 0: await policy 0: found that of epoch 9"),
        (leap, "tick 0: await policy 0: it asks for generation 5 after 0"),
        (wild, "tick 0: step: policy of epoch 0: float at byte 64 is not finite or out of range"),
        (
            large,
            "tick 0: step: policy of epoch 0: its bounds need more cells than the engine declared",
        ),
    ] {
        let mut engine = Engine::open(&assignment());
        engine.go();
        engine.publish(0, &block);
        assert_eq!(engine.gives_up(), want);
    }
}

#[test]
fn assignments_that_cannot_be_are_refused() {
    for (pointer, value, want) in [
        ("/role", json!("viewer"), "asked to be the viewer: this program is an engine"),
        ("/scenario", json!("fish"), "the native engine knows no scenario fish"),
        ("/transport", json!("twin"), "the native engine knows no transport twin"),
        ("/files", json!(2), "inherited 2 descriptors, want 3"),
        ("/config/boids", json!(0), "engine of 0 boids: want at least 1"),
        ("/config/slots", json!(1), "map the hub: layout of 1 frame slots, want 2 to 16"),
        ("/config/ticks", json!(u64::MAX), "a trial of absurdly many ticks"),
        ("/setup/policy", json!([1, 2]), "a policy of 2 bytes"),
    ] {
        let mut wrong = assignment();
        *wrong.pointer_mut(pointer).expect("a field") = value;
        let error = Engine::open(&wrong).gives_up();
        assert!(error.starts_with(want), "{pointer}: {error}");
    }
    let mut larger = assignment();
    larger["config"]["boids"] = json!(BOIDS + 9000);
    let error = Engine::open(&larger).gives_up();
    assert!(error.starts_with("map the hub: ") && error.contains("bytes, want"), "{error}");
}

/// Descriptors that are no hub, and none at all.
#[test]
fn wrong_descriptors_are_refused() {
    let null = || OwnedFd::from(std::fs::File::open("/dev/null").expect("a file"));
    for files in [vec![], vec![null(), null(), null()]] {
        let (child, control) = launch(&files);
        let lines = BufReader::new(control.try_clone().expect("a duplicate"));
        let words = Words::heap();
        let layout = Layout::new(BOIDS, SLOTS, 0).expect("a layout");
        let unused = hub::create(Kind::Orders, &layout).expect("a region");
        let orders = Region::map(unused.as_fd(), Kind::Orders, &layout, Access::Writable);
        let mut engine = Engine { child, control, lines, words, orders: orders.expect("orders") };
        engine.tell(&json!({ "kind": "assign", "assign": assignment() }));
        let error = engine.gives_up();
        let want = if files.is_empty() { "inherited descriptor" } else { "not a sealable memfd" };
        assert!(error.contains(want), "{error}");
    }
}

#[test]
fn garbage_on_the_control_plane_ends_it() {
    for garbage in ["}{\n", "{\"kind\":\"exit\"}\n", "\u{0}\n", "{\"kind\":\"value\"}\n"] {
        let (child, control) = launch(&[]);
        let mut stage_control = control;
        stage_control.write_all(garbage.as_bytes()).expect("a message down");
        let out = child.wait_with_output().expect("its end");
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(!out.status.success(), "{garbage:?} was taken for an assignment");
        assert!(said.starts_with("flock-engine: ") && said.lines().count() == 1, "{said:?}");
    }
}

#[test]
fn it_is_not_started_by_hand() {
    let run = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_flock-engine")).args(args).output().expect("the program")
    };
    let version = run(&["--version"]);
    assert!(version.status.success());
    assert!(String::from_utf8_lossy(&version.stdout).starts_with("flock-engine 0."));
    for args in [&[][..], &["engine"], &["role"], &["role", "viewer"], &["--version", "x"]] {
        assert_eq!(run(args).status.code(), Some(2), "{args:?}");
    }
    let alone = run(&["role", "engine"]);
    assert_eq!(alone.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&alone.stderr).contains("no control plane on descriptor 3"));
}
