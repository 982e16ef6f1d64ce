//! Every target holds on what failed once, and on some damaged inputs.

use fuzz::{Fuzzer, TARGETS, check, found};

/// Few enough for every day: `cargo xtask fuzz` runs millions.
const RUNS: u64 = 1500;

#[test]
fn what_failed_once_holds() {
    for target in TARGETS {
        for input in found::inputs(target.name) {
            let held = check(target, &input);
            assert!(held.is_ok(), "{}: {}", target.name, held.unwrap_err().message);
        }
    }
}

#[test]
fn damaged_inputs_hold() {
    for target in TARGETS {
        let held = Fuzzer::new(target, 1).run(|runs| runs == RUNS);
        assert!(held.is_ok(), "{}: {held:?}", target.name);
    }
}

#[test]
fn every_target_has_inputs_to_begin_with() {
    for target in TARGETS {
        assert!((target.seeds)().len() > 2, "{}", target.name);
    }
}
