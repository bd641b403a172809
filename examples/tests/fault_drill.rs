//! The `fault_drill` program: writers that are killed lose nothing that was acknowledged.

mod support;

use support::run;

#[test]
fn a_store_that_is_killed_keeps_its_promises() {
    let ended = run("fault_drill", &["--engine", "sqlite", "--minutes", "0.05"], b"");
    assert_eq!(ended.status, 0, "{ended:?}");
    assert!(ended.stdout.contains("lost: 0\nstale: 0\nhalf written: 0\nchain verified: "), "{ended:?}");
}

#[test]
fn every_bad_argument_is_named() {
    for (arguments, said) in [
        (&[][..], "--engine is missing\n"),
        (&["--engine", "paper"], "--engine: there is no engine \"paper\", only sqlite, postgres, galera\n"),
        (&["--engine", "sqlite", "--minutes", "soon"], "--minutes: invalid float literal\n"),
    ] {
        let ended = run("fault_drill", arguments, b"");
        assert_eq!((ended.status, ended.stderr.as_str()), (2, said));
    }
}
