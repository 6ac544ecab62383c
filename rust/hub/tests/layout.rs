//! Holds the layout of Rust to the table that the Go side writes.
#![cfg(not(loom))]

use hub::{Error, Kind, Layout, layout};

const TABLE: &str = include_str!("../../../zerocopy/testdata/layout.tsv");

fn measured(l: &Layout) -> Vec<(&'static str, String)> {
    let hex = |kind| l.header(kind).to_bytes().iter().map(|b| format!("{b:02x}")).collect();
    vec![
        ("boids", l.boids().to_string()),
        ("slots", l.slots().to_string()),
        ("payload", l.payload().to_string()),
        ("policy0", l.policy_offset(0).to_string()),
        ("policy1", l.policy_offset(1).to_string()),
        ("genome0", l.genome_offset(0).to_string()),
        ("genome1", l.genome_offset(1).to_string()),
        ("genomeBytes", l.genome_bytes().to_string()),
        ("ordersBytes", l.orders_bytes().to_string()),
        ("frame0", l.frame_offset(0).to_string()),
        ("frame1", l.frame_offset(1).to_string()),
        ("frameLast", l.frame_offset(l.slots() - 1).to_string()),
        ("frameBytes", l.frame_bytes().to_string()),
        ("slotBytes", l.slot_bytes().to_string()),
        ("framesBytes", l.frames_bytes().to_string()),
        ("hash", format!("{:016x}", l.hash())),
        ("headerControl", hex(Kind::Control)),
        ("headerOrders", hex(Kind::Orders)),
        ("headerFrames", hex(Kind::Frames)),
    ]
}

#[test]
fn every_layout_of_the_table_is_the_same_here() {
    let mut rows = TABLE.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let head = rows.next().expect("a head");
    let mut seen = 0;
    for row in rows {
        let number = |i: usize| row[i].parse().expect("a number");
        let layout = Layout::new(number(0), number(1), number(2)).expect("a layout");
        let got = measured(&layout);
        assert_eq!(head.len(), got.len(), "a column that this test does not know");
        for ((name, value), (head, want)) in got.iter().zip(head.iter().zip(&row)) {
            assert_eq!((name, value.as_str()), (head, *want), "of {layout:?}");
        }
        seen += 1;
    }
    assert!(seen >= 10, "{seen} layouts are too few");
}

#[test]
fn a_layout_that_no_hub_has_is_refused() {
    let bad = [
        (layout::MAX_BOIDS + 1, 3, 0, "boids"),
        (usize::MAX, 3, 0, "boids"),
        (0, 1, 0, "slots"),
        (0, layout::MAX_SLOTS + 1, 0, "slots"),
        (0, 3, 4, "multiple of 8"),
        (0, 3, layout::MAX_PAYLOAD + 8, "bytes"),
        (1, 3, 64, "beside a payload"),
    ];
    for (boids, slots, payload, say) in bad {
        let error = Layout::new(boids, slots, payload).expect_err(say);
        assert!(
            matches!(error, Error::Layout { .. }) && error.to_string().contains(say),
            "{error}"
        );
    }
}
