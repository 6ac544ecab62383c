//! The worker's protocol, line by line.

use flock_native::Backend;
use flock_native::worker::{Worker, serve};

/// Name, boids, ticks, seed, chain and policy of the golden worlds.
fn golden() -> Vec<Vec<&'static str>> {
    let lines = include_str!("../../flock/testdata/golden.txt").lines();
    let worlds = lines.filter(|l| !l.starts_with('#'));
    worlds.map(|l| l.split_whitespace().collect()).collect()
}

/// A request for the first golden world.
fn small(dimensions: usize, threads: usize) -> String {
    let policy = golden()[0][6];
    format!("world 300 {dimensions} 5 {policy} {threads}")
}

/// The words of an answer, which must be a good one.
fn ask(worker: &mut Worker, request: &str) -> Vec<String> {
    let answer = worker.answer(request);
    let mut words = answer.split(' ').map(String::from);
    assert_eq!(words.next().as_deref(), Some("ok"), "{request}: {answer}");
    words.collect()
}

#[test]
fn advance_plays_the_golden_worlds() {
    let worlds = golden();
    assert!(worlds.len() >= 3, "{} worlds", worlds.len());
    for threads in [1, 3] {
        let mut worker = Worker::default();
        for w in &worlds {
            let request = format!("world {} 3 {} {} {threads}", w[1], w[3], w[6]);
            assert!(ask(&mut worker, &request).is_empty());
            // In two goes: the world goes on where it stopped.
            let ticks: u64 = w[2].parse().expect("ticks");
            ask(&mut worker, "advance 3");
            let end = ask(&mut worker, &format!("advance {}", ticks - 3));
            assert_eq!((&*end[0], end.len()), (w[4], 2), "{} on {threads} threads", w[0]);
        }
    }
}

#[test]
fn digests_agree_and_change_nothing() {
    for dimensions in [2, 3] {
        let mut worker = Worker::default();
        ask(&mut worker, &small(dimensions, 2));
        let mut last = Vec::new();
        for ticks in [0, 59, 1, 1] {
            let state = ask(&mut worker, &format!("advance {ticks}"));
            let want = ask(&mut worker, "digest scalar");
            assert!(want.len() == 1 && want[0].len() == 16 && want != last, "{want:?}");
            for name in ask(&mut worker, "backends").iter().filter(|n| !n.contains(':')) {
                assert_eq!(ask(&mut worker, &format!("digest {name}")), want, "{name}");
                let time = ask(&mut worker, &format!("time {name} step 2"));
                assert!(time[0].parse::<u64>().expect("time") > 0);
            }
            assert_eq!(ask(&mut worker, "advance 0"), state);
            last = want;
        }
    }
}

#[test]
fn time_tells_the_neighbours_of_the_next_tick() {
    let mut worker = Worker::default();
    ask(&mut worker, &small(3, 2));
    ask(&mut worker, "advance 10");
    let found = |worker: &mut Worker, request: &str| ask(worker, request)[1].clone();
    let (perceived, stepped) =
        (found(&mut worker, "time threads perceive 1"), found(&mut worker, "time scalar step 1"));
    assert_eq!(found(&mut worker, "time scalar sort 1"), "0");
    assert_eq!(found(&mut worker, "advance 1"), stepped);
    assert_eq!(perceived, stepped);
}

#[test]
fn backends_are_listed_with_what_they_lack() {
    let listed = ask(&mut Worker::default(), "backends");
    assert_eq!(listed.len(), Backend::ALL.len() + 1);
    for (word, backend) in listed.iter().zip(Backend::ALL) {
        let reason = backend.missing().map(|r| format!(":{}", r.replace(' ', "_")));
        assert_eq!(*word, format!("{}{}", backend.name(), reason.unwrap_or_default()));
    }
    assert_eq!(listed.last().map(String::as_str), Some("threads"));
}

#[test]
fn dense_counts_its_work() {
    let work = ask(&mut Worker::default(), "dense scalar 10");
    let [ns, boids, candidates, neighbours] =
        [0, 1, 2, 3].map(|i| work[i].parse::<u64>().expect("number"));
    assert!(ns > 0 && boids == 80 && candidates == 80 * 216 && neighbours > 0);
}

#[test]
fn calibrate_finds_positive_constants() {
    let found = ask(&mut Worker::default(), "calibrate");
    for key in ["add1_per_ns", "mul4_per_ns", "clock_ghz", "copy_gbs", "l2_read_gbs"] {
        assert!(found.iter().any(|f| f.starts_with(&format!("{key}="))), "{key} in {found:?}");
    }
    for f in &found {
        let (key, value) = f.split_once('=').expect("key=value");
        let value: f64 = value.parse().expect("number");
        // Only AVX2 has eight lanes.
        let eight = Backend::available().any(|b| b.name() == "avx2");
        let lacking = key.contains('8') && !eight;
        assert!(if lacking { value.is_nan() } else { value > 0.0 }, "{f}");
    }
}

#[test]
fn malformed_lines_are_errors() {
    let mut worker = Worker::default();
    assert_eq!(worker.answer("advance 1"), "error no world yet");
    ask(&mut worker, &small(3, 1));
    let policy = golden()[0][6];
    let worlds = [
        format!("world -1 3 5 {policy} 1"),
        format!("world 99999999999999999999 3 5 {policy} 1"),
        format!("world 18446744073709551615 3 5 {policy} 1"),
        format!("world 9 1 5 {policy} 1"),
        format!("world 9 4 5 {policy} 1"),
        format!("world 9 3 x {policy} 1"),
        format!("world 9 3 5 {policy}0 1"),
        format!("world 9 3 5 {policy}zz 1"),
        format!("world 9 3 5 é{policy} 1"),
        format!("world 9 3 5 {} 1", "0".repeat(514)),
        "world 9 3 5 00 1".into(),
        format!("world 9 3 5 {policy} 0"),
        format!("world 9 3 5 {policy} 65"),
        format!("world 9 3 5 {policy} 1 1"),
        "world".into(),
    ];
    let others = [
        "",
        " ",
        "\n",
        "\0",
        "nonsense",
        "BACKENDS",
        "backends 1",
        "advance",
        "advance -1",
        "advance 1.5",
        "advance 1 2",
        "time",
        "time scalar",
        "time scalar step",
        "time scalar step 0",
        "time scalar fly 1",
        "time mmx step 1",
        "time scalar step 1 1",
        "digest",
        "digest mmx",
        "dense",
        "dense threads 1",
        "dense scalar 0",
        "dense scalar",
        "calibrate now",
        "time \r\u{85} step 1",
    ];
    for line in worlds.iter().map(String::as_str).chain(others) {
        let answer = worker.answer(line);
        assert!(
            answer.starts_with("error ") && !answer.contains(char::is_control),
            "{line}: {answer}"
        );
        assert!(answer.len() > "error ".len());
    }
}

#[test]
fn a_refused_world_leaves_none() {
    let mut worker = Worker::default();
    ask(&mut worker, &small(3, 1));
    assert!(worker.answer("world 9 3 5 00 1").starts_with("error "));
    assert_eq!(worker.answer("advance 1"), "error no world yet");
    ask(&mut worker, &small(3, 1));
    assert!(worker.answer("world 9 3 5 0g 1").starts_with("error "));
    ask(&mut worker, "advance 1");
}

#[test]
fn lines_are_answered_one_by_one() {
    let mut answers = Vec::new();
    serve(&b"backends\nadvance 1\r\n\xff\xfe\n\nbackends"[..], &mut answers).expect("served");
    let answers = String::from_utf8(answers).expect("text");
    let lines: Vec<_> = answers.lines().collect();
    assert_eq!(lines.len(), 5, "{answers}");
    assert_eq!(lines[0], lines[4]);
    assert!(lines[1..4].iter().all(|l| l.starts_with("error ")), "{answers}");
}
