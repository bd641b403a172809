//! What a change leaves behind: what comes back, what does not, and whose revision moves.

use deputize_core::{
    Agent, Allow, Binding, Change, Configuration, Delegation, Revision, ScopeMode, Status, Target, UnixTime,
};

use crate::support::*;

#[test]
fn what_is_so_already_changes_nothing() {
    for change in one_of_each() {
        let mut config = base();
        let first = config.apply(&olga(), &change).unwrap();
        let before = config.clone();
        match change {
            // A token need not be known, so that it was revoked before can't be either.
            Change::Revoke(Target::Token(_)) => {
                assert_eq!(config.apply(&olga(), &change), Ok(first.next()));
            }
            Change::RemoveRole(_) => refused(&config, &olga(), &change, &missing("role", "free")),
            Change::RemoveResource(_) => refused(&config, &olga(), &change, &missing("resource", "urn:free")),
            _ => assert_eq!(config.apply(&olga(), &change), Ok(first), "{change:?}"),
        }
        assert_eq!(config, before);
    }
}

#[test]
fn what_was_suspended_comes_back_and_what_was_revoked_does_not() {
    let mut config = base();
    let suspended = Agent { status: Status::Suspended, ..agent("bot", "bot") };
    config.apply(&olga(), &Change::PutAgent(suspended)).unwrap();
    assert!(config.revoked().agents.contains(&p("bot")));
    config.apply(&olga(), &Change::PutAgent(agent("bot", "bot"))).unwrap();
    assert!(!config.revoked().agents.contains(&p("bot")));
    config.apply(&olga(), &Change::Revoke(Target::Agent(p("bot")))).unwrap();
    refused(&config, &olga(), &Change::PutAgent(agent("bot", "bot")), &retired("agent", "bot"));
    // An id that was removed while nothing had it is as good as used.
    config.apply(&olga(), &Change::Unbind(p("early"))).unwrap();
    let early = Change::Bind(binding("early", user("alice"), "reader"));
    refused(&config, &olga(), &early, &retired("binding", "early"));
    // The bindings of a revoked person can still be taken away, though not changed.
    config.apply(&olga(), &Change::Revoke(Target::Person(p("alice")))).unwrap();
    let later = Binding { resource: Some(p(A)), ..binding("b2", user("alice"), "reader") };
    refused(&config, &olga(), &Change::Bind(later), &retired("person", "alice"));
    config.apply(&olga(), &Change::Unbind(p("b2"))).unwrap();
    assert_eq!(config.bindings_of(&user("alice")).count(), 0);
}

#[test]
fn a_spiffe_id_is_free_again_once_its_agent_has_another() {
    let mut config = base();
    config.apply(&olga(), &Change::PutAgent(agent("bot", "other"))).unwrap();
    config.apply(&olga(), &Change::PutAgent(agent("new", "bot"))).unwrap();
    let owner = |config: &Configuration, id: &str| config.agent_by_spiffe_id(&p(id)).map(|a| a.client_id.to_string());
    assert_eq!(owner(&config, "spiffe://acme/bot").as_deref(), Some("new"));
    assert_eq!(owner(&config, "spiffe://acme/other").as_deref(), Some("bot"));
    refused(&config, &olga(), &Change::PutAgent(agent("bot", "bot")), &conflict("SPIFFE ID", "spiffe://acme/bot"));
}

#[test]
fn what_is_no_longer_referred_to_can_be_removed() {
    let mut config = base();
    let mut now = |change: Change| config.apply(&olga(), &change).unwrap();
    now(Change::Bind(binding("b1", bot(), "free")));
    now(Change::RemoveResource(p("urn:used")));
    now(Change::Unbind(p("b2")));
    now(Change::RemoveRole(p("reader")));
    now(Change::SetDefaultResource(None));
    let only = |uri: &str| Allow::Only(set(uri));
    now(Change::PutAgent(Agent { resources: only(A), ..agent("bat", "bat") }));
    now(Change::Delegate(Delegation { resources: only("urn:free"), ..delegation("d1", "alice", "bot") }));
    refused(&config, &olga(), &Change::RemoveResource(p(A)), &in_use("resource", A));
    refused(&config, &olga(), &Change::RemoveResource(p("urn:free")), &in_use("resource", "urn:free"));
    refused(&config, &olga(), &Change::RemoveRole(p("free")), &in_use("role", "free"));
    let mut now = |change: Change| config.apply(&olga(), &change).unwrap();
    now(Change::PutAgent(agent("bat", "bat")));
    now(Change::RemoveResource(p(A)));
    now(Change::Delegate(Delegation { resources: Allow::Any, ..delegation("d1", "alice", "bot") }));
    now(Change::RemoveResource(p("urn:free")));
    now(Change::Unbind(p("b1")));
    now(Change::RemoveRole(p("free")));
    assert_eq!((config.resources().count(), config.roles().count(), config.bindings().count()), (0, 0, 0));
}

/// Which revisions a change moves: the epoch, an agent's, a person's.

#[test]
fn each_change_moves_the_revision_of_what_it_is_about() {
    type Moved = (bool, &'static [&'static str], &'static [&'static str]);
    const EPOCH: Moved = (true, &[], &[]);
    const NOTHING: Moved = (false, &[], &[]);
    const BOT: Moved = (false, &["bot"], &[]);
    const ALICE: Moved = (false, &[], &["alice"]);
    for (change, expected) in [
        (resource("urn:new"), EPOCH),
        (role("new", "x"), EPOCH),
        (role("reader", "x"), EPOCH),
        (Change::RemoveRole(p("free")), EPOCH),
        (Change::RemoveResource(p("urn:free")), EPOCH),
        (Change::SetDefaultResource(None), EPOCH),
        (Change::Revoke(Target::Tenant), EPOCH),
        (Change::PutAgent(Agent { mode: ScopeMode::Exact, ..agent("bot", "bot") }), BOT),
        (Change::PutAgent(agent("new", "new")), (false, &["new"], &[])),
        (Change::Bind(binding("new", bot(), "free")), BOT),
        (Change::Bind(binding("b1", bot(), "free")), BOT),
        (Change::Unbind(p("b1")), BOT),
        (Change::Revoke(Target::Agent(p("bot"))), BOT),
        (Change::Bind(binding("new", user("alice"), "free")), ALICE),
        (Change::Unbind(p("b2")), ALICE),
        (Change::Delegate(delegation("new", "alice", "bot")), ALICE),
        (Change::Revoke(Target::Delegation(p("d1"))), ALICE),
        (Change::Revoke(Target::Person(p("alice"))), ALICE),
        (Change::Revoke(Target::Token(token())), NOTHING),
        (Change::Unbind(p("never")), NOTHING),
    ] {
        let before = base();
        let mut after = before.clone();
        let revision = after.apply(&olga(), &change).unwrap();
        assert_eq!((revision, after.latest()), (before.latest().next(), revision), "{change:?}");
        let (epoch, agents, people) = expected;
        let moved = |old: Revision, new: Revision| {
            assert!(new == old || new == revision, "{change:?}");
            new != old
        };
        assert_eq!(moved(before.epoch(), after.epoch()), epoch, "{change:?}");
        for name in ["bot", "bat", "gone", "new"] {
            let of = |config: &Configuration| config.agent_revision(&p(name));
            assert_eq!(moved(of(&before), of(&after)), agents.contains(&name), "{name} {change:?}");
        }
        for name in ["alice", "bob", "gone"] {
            let of = |config: &Configuration| config.person_revision(&p(name));
            assert_eq!(moved(of(&before), of(&after)), people.contains(&name), "{name} {change:?}");
        }
    }
}

#[test]
fn a_revision_never_repeats() {
    let mut config = Configuration::new(p("acme"));
    let mut seen = vec![config.latest()];
    assert_eq!(config.latest(), Revision::NONE);
    for change in [
        role("r", "x"),
        Change::RemoveRole(p("r")),
        role("r", "x"),
        Change::PutAgent(agent("bot", "bot")),
        Change::Bind(binding("1", bot(), "r")),
        Change::Unbind(p("1")),
        Change::Bind(binding("2", bot(), "r")),
        resource(A),
        Change::RemoveResource(p(A)),
        resource(A),
    ] {
        let revision = config.apply(&olga(), &change).unwrap();
        assert!(seen.iter().all(|old| *old < revision), "{change:?}");
        seen.push(revision);
    }
    assert_eq!(config.agent_revision(&p("bot")).number(), 7);
    assert_eq!((config.epoch(), config.latest().number()), (config.latest(), 10));
}

#[test]
fn equal_by_what_they_hold_whatever_the_way() {
    let mut config = base();
    config.apply(&olga(), &role("new", "x")).unwrap();
    config.apply(&olga(), &Change::RemoveRole(p("new"))).unwrap();
    assert_ne!(config.latest(), base().latest());
    assert_eq!(config, base());
    for change in one_of_each() {
        let mut other = base();
        other.apply(&olga(), &change).unwrap();
        assert_ne!(other, base(), "{change:?}");
    }
    assert_ne!(Configuration::new(p("a")), Configuration::new(p("b")));
}

#[test]
fn what_is_revoked_says_so_by_its_target() {
    let mut config = base();
    for target in [
        Target::Token(token()),
        Target::Delegation(p("d1")),
        Target::Agent(p("bot")),
        Target::Person(p("alice")),
        Target::Tenant,
    ] {
        config.apply(&olga(), &Change::Revoke(target.clone())).unwrap();
        let mut revoked = config.revoked();
        assert!(!revoked.insert(target.clone()), "{target:?} is in the snapshot");
        assert!(!revoked.agents.contains(&p("bat")));
    }
    assert!(!config.delegation(&p("d1")).unwrap().is_live(UnixTime::EPOCH));
}
