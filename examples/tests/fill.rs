//! The `fill` program: a database is filled and asked.

mod support;

use support::run;

#[test]
fn a_database_is_filled_and_asked() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("fill.db");
    let place = place.to_str().unwrap();
    let small = ["--engine", "sqlite", "--place", place, "--tenants", "2", "--bindings", "200", "--ask", "6"];
    let ended = run("fill", &[&small[..], &["--tokens", "256"]].concat(), b"");
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{ended:?}");
    let said: Vec<&str> = ended.stdout.lines().map(|line| line.split([':']).next().unwrap()).collect();
    let expected = ["changes", "recordings", "load, asked first", "load, asked again", "record, one at a time"];
    assert_eq!(said, expected, "{ended:?}");
    assert!(ended.stdout.contains("recordings: 256 in "), "{ended:?}");
    // What is there already stays, and can be asked.
    let ended = run("fill", &[&small[..], &["--tokens", "0"]].concat(), b"");
    assert_eq!(ended.status, 0, "{ended:?}");
    assert!(ended.stdout.contains("recordings: 0 in "), "{ended:?}");
}

#[test]
fn every_bad_argument_is_named() {
    for (arguments, said) in [
        (&[][..], "--engine is missing\n--place is missing\n"),
        (&["--engine", "paper", "--place", "x"], "--engine: there is no engine \"paper\", only sqlite, postgres\n"),
        (&["--engine", "sqlite", "--place", "x", "--ask", "all"], "--ask: invalid digit found in string\n"),
    ] {
        let ended = run("fill", arguments, b"");
        assert_eq!((ended.status, ended.stderr.as_str()), (2, said));
    }
}
