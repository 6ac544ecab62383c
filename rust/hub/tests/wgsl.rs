//! The shaders' layout parses and has the values of this crate's.
#![cfg(not(loom))]

use hub::layout;
use naga::{Expression, Literal};

#[test]
fn the_shaders_layout_is_this_one() {
    let source = include_str!("../../../browser/src/layout.wgsl");
    let module = naga::front::wgsl::parse_str(source)
        .unwrap_or_else(|e| panic!("{}", e.emit_to_string(source)));
    let value = |name: &str| {
        let (_, c) =
            module.constants.iter().find(|(_, c)| c.name.as_deref() == Some(name)).expect(name);
        match module.global_expressions[c.init] {
            Expression::Literal(Literal::U32(v)) => v as usize,
            ref other => panic!("{name} is {other:?}"),
        }
    };
    for (name, want) in [
        ("FRAME_COLUMNS", layout::FRAME_COLUMNS),
        ("GENOME_COLUMNS", layout::GENOME_COLUMNS),
        ("X", layout::X),
        ("VZ", layout::VZ),
        ("ENERGY", layout::ENERGY),
        ("FITNESS", layout::FITNESS),
        ("GENE_GOAL", layout::GENE_GOAL),
    ] {
        assert_eq!(value(name), want, "{name}");
    }
    let all = naga::valid::ValidationFlags::all();
    naga::valid::Validator::new(all, naga::valid::Capabilities::empty())
        .validate(&module)
        .expect("a valid module");
}
