//! Layouts: what they take, what they refuse, and that reading and printing are inverse.
#![expect(clippy::unwrap_used, reason = "a panic here is the failure")]

use deputize_core::AgentId;
use deputize_spiffe::{Layout, LayoutError, NotInLayout, TrustDomain, TrustDomainError};
use proptest::prelude::*;

fn id(text: &str) -> AgentId {
    text.parse().unwrap()
}

fn read(layout: &str, text: &str) -> Result<(String, Vec<(String, String)>), NotInLayout> {
    let layout: Layout = layout.parse().unwrap();
    let agent = layout.read(&id(text))?;
    let fields = agent.fields().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Ok((agent.tenant().to_string(), fields))
}

fn fits(layout: &str, text: &str, tenant: &str, fields: &[(&str, &str)]) {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    assert_eq!(read(layout, text), Ok((tenant.to_owned(), fields)), "{layout} {text}");
}

#[test]
fn ids_are_read_by_their_layout() {
    let default = Layout::DEFAULT;
    fits(default, "spiffe://acme/agent/r1", "acme", &[("…", ""), ("name", "r1")]);
    fits(default, "spiffe://acme/agent/a/b/r1", "acme", &[("…", "a/b"), ("name", "r1")]);
    let shared = "/tenants/<tenant>/agents/<type>/<client>";
    fits(shared, "spiffe://p/tenants/acme/agents/w/c", "acme", &[("tenant", "acme"), ("type", "w"), ("client", "c")]);
    fits("/ns/<ns>/sa/<sa>", "spiffe://acme/ns/prod/sa/writer", "acme", &[("ns", "prod"), ("sa", "writer")]);
    fits("/<…>/x/<name>", "spiffe://acme/x/n", "acme", &[("…", ""), ("name", "n")]);
    fits("/<name>/<…>", "spiffe://acme/n/x/y", "acme", &[("name", "n"), ("…", "x/y")]);
    fits("/<team_1>/<2>", "spiffe://acme/a/b", "acme", &[("team_1", "a"), ("2", "b")]);
    let named = "spiffe://p/tenants/<tenant>/<client>";
    fits(named, "spiffe://p/tenants/acme/c", "acme", &[("tenant", "acme"), ("client", "c")]);
    fits("spiffe://p/<name>", "spiffe://p/n", "p", &[("name", "n")]);
    assert_eq!(Layout::default(), default.parse().unwrap());
}

#[test]
fn fields_are_found_by_name() {
    let layout: Layout = "/<type>/<…>/<client>".parse().unwrap();
    let agent = layout.read(&id("spiffe://acme/writer/a/b/w1")).unwrap();
    for (name, value) in [("type", Some("writer")), ("…", Some("a/b")), ("client", Some("w1")), ("tenant", None)] {
        assert_eq!(agent.field(name), value, "{name}");
    }
}

/// A layout is kept in configuration: it prints as one that means the same.
#[test]
fn layouts_print_as_they_are_read() {
    for (text, printed) in [
        (Layout::DEFAULT, "/agent/<…>/<name>"),
        ("/ns/<ns>/sa/<sa>", "/ns/<ns>/sa/<sa>"),
        ("spiffe://p.example/tenants/<tenant>/<c>", "spiffe://p.example/tenants/<tenant>/<c>"),
    ] {
        let layout: Layout = text.parse().unwrap();
        assert_eq!(layout.to_string(), printed);
        assert_eq!(printed.parse(), Ok(layout));
    }
}

#[test]
fn ids_that_do_not_fit_are_refused() {
    for (layout, text) in [
        (Layout::DEFAULT, "spiffe://acme/agent"),
        (Layout::DEFAULT, "spiffe://acme/agents/r1"),
        (Layout::DEFAULT, "spiffe://acme/Agent/r1"),
        (Layout::DEFAULT, "spiffe://acme/r1"),
        ("/ns/<ns>/sa/<sa>", "spiffe://acme/ns/prod/sa"),
        ("/ns/<ns>/sa/<sa>", "spiffe://acme/ns/prod/sa/a/b"),
        ("/ns/<ns>/sa/<sa>", "spiffe://acme/ns/prod/as/a"),
        (Layout::DEFAULT, "spiffe://acme/x/agent/r1"),
        ("/<a>/x/<…>/y/<b>", "spiffe://acme/a/x/y"),
        ("/<a>/x/<…>/y/<b>", "spiffe://acme/a/x/b/z/b"),
        ("spiffe://p/<name>", "spiffe://q/n"),
        ("spiffe://p/<name>", "spiffe://p.q/n"),
        // A tenant id has no upper case: the segment names no tenant.
        ("/tenants/<tenant>/<client>", "spiffe://p/tenants/Acme/c"),
    ] {
        assert!(read(layout, text).is_err(), "{layout} {text}");
    }
}

#[test]
fn templates_that_mean_two_things_or_nothing_are_refused() {
    let twice = |name: &str| LayoutError::Twice(name.to_owned());
    for (text, error) in [
        ("", LayoutError::Start),
        ("agent/<name>", LayoutError::Start),
        ("spiffe://acme", LayoutError::Start),
        ("SPIFFE://acme/<name>", LayoutError::Start),
        ("spiffe://<tenant>", LayoutError::Start),
        ("spiffe:///<name>", LayoutError::TrustDomain(TrustDomainError::Empty)),
        ("spiffe://Acme/<name>", LayoutError::TrustDomain(TrustDomainError::Character(0))),
        ("spiffe://<domain>/<name>", LayoutError::TrustDomain(TrustDomainError::Character(0))),
        ("spiffe://<tenant>.example/<name>", LayoutError::TrustDomain(TrustDomainError::Character(0))),
        ("/", LayoutError::Segment(1)),
        ("/agent//<name>", LayoutError::Segment(2)),
        ("/agent/<name>/", LayoutError::Segment(3)),
        ("/agent/<name", LayoutError::Segment(2)),
        ("/agent/<>", LayoutError::Segment(2)),
        ("/agent/<Name>", LayoutError::Segment(2)),
        ("/agent/x<name>", LayoutError::Segment(2)),
        ("/agent/<name>x", LayoutError::Segment(2)),
        ("/agent/<a><b>", LayoutError::Segment(2)),
        ("/agent/<name>\n", LayoutError::Segment(2)),
        ("/agent/…/<name>", LayoutError::Segment(2)),
        ("/./<name>", LayoutError::Segment(1)),
        ("/../<name>", LayoutError::Segment(1)),
        ("/a%20b/<name>", LayoutError::Segment(1)),
        ("/<name>/<name>", twice("name")),
        ("/<…>/a/<…>", twice("…")),
        ("spiffe://<tenant>/<tenant>/<name>", LayoutError::TwoTenants),
        ("/agent", LayoutError::NoField),
        ("spiffe://acme/agent", LayoutError::NoField),
    ] {
        assert_eq!(text.parse::<Layout>(), Err(error), "{text}");
    }
    // Segments of one letter, and at the end one that fills it up.
    let long = |bytes: usize| format!("/<name>{}/{}", "/a".repeat(1000), "a".repeat(bytes - 2008)).parse::<Layout>();
    assert!(long(2048).is_ok());
    assert_eq!(long(2049), Err(LayoutError::TooLong));
}

#[test]
fn ids_are_made_of_fields() {
    let layout = Layout::default();
    let domain: TrustDomain = "acme".parse().unwrap();
    let none = layout.agent_id(&domain, &[]).unwrap_err();
    let made = |fields: &[(&str, &str)]| layout.agent_id(&domain, fields).map(|id| id.to_string());
    assert_eq!(made(&[("name", "r1")]), Ok("spiffe://acme/agent/r1".into()));
    assert_eq!(made(&[("name", "r1"), ("…", "a/b")]), Ok("spiffe://acme/agent/a/b/r1".into()));
    for (fields, why) in [
        (&[][..], "a field is missing"),
        (&[("name", "")], "SPIFFE-ID §2.2: no empty segment"),
        (&[("name", "a/b")], "a field is one segment"),
        (&[("name", "..")], "SPIFFE-ID §2.2: no `..`"),
        (&[("name", "a"), ("…", "/x")], "SPIFFE-ID §2.2: no empty segment"),
        (&[("name", "a"), ("name", "b")], "which of them?"),
        (&[("name", "a"), ("nmae", "b")], "no such field"),
        (&[("name", "a"), ("tenant", "globex")], "the tenant is the trust domain"),
        (&[("name", "a"), ("agent", "x")], "a literal is no field"),
    ] {
        assert_eq!(made(fields), Err(none), "{why}");
    }
    let shared: Layout = "spiffe://p/tenants/<tenant>/<client>".parse().unwrap();
    let made = |domain: &str, tenant: &str| {
        let fields = [("client", "c"), ("tenant", tenant)];
        shared.agent_id(&domain.parse().unwrap(), &fields).map(|id| id.to_string())
    };
    assert_eq!(made("p", "acme"), Ok("spiffe://p/tenants/acme/c".into()));
    assert_eq!(made("q", "acme"), Err(none), "another trust domain");
    assert_eq!(made("p", "Acme"), Err(none), "no tenant id");
}

proptest! {
    /// Printing and reading are inverse, for every value that a field takes.
    #[test]
    fn printing_and_reading_are_inverse(
        layout in prop::sample::select(vec![
            Layout::DEFAULT, "/<…>/<name>", "/<name>/x/<…>/y", "spiffe://acme/<…>/agent/<name>", "/<tenant>/<…>/<name>",
        ]),
        tenant in "[a-z0-9._-]{1,9}",
        name in "[A-Za-z0-9._-]{1,9}",
        rest in prop::collection::vec("agent|x|y|[A-Za-z0-9._-]{1,3}", 0..4),
    ) {
        let layout: Layout = layout.parse().unwrap();
        let rest = rest.join("/");
        let mut fields = vec![("name", name.as_str()), ("…", rest.as_str())];
        if layout.to_string().contains("<tenant>") {
            fields.push(("tenant", tenant.as_str()));
        }
        let printed = layout.agent_id(&"acme".parse().unwrap(), &fields);
        let dots = |text: &str| text.split('/').any(|segment| matches!(segment, "." | ".."));
        if [&tenant, &name, &rest].iter().any(|value| dots(value)) {
            return Ok(());
        }
        let agent = layout.read(&printed.unwrap()).unwrap();
        let mut read: Vec<(&str, &str)> = agent.fields().collect();
        read.sort_unstable();
        fields.sort_unstable();
        prop_assert_eq!(read, fields);
    }

    /// Reading and printing are inverse, for every id that fits.
    #[test]
    fn reading_and_printing_are_inverse(
        layout in prop::sample::select(vec![
            Layout::DEFAULT, "/<…>", "/<a>/x/<…>/y/<b>", "/tenants/<tenant>/<…>", "/ns/<ns>/sa/<sa>", "spiffe://acme/<…>/x",
        ]),
        path in prop::collection::vec("agent|x|y|ns|sa|tenants|[a-z]{1,3}", 1..6),
    ) {
        let layout: Layout = layout.parse().unwrap();
        let id = id(&format!("spiffe://acme/{}", path.join("/")));
        if let Ok(agent) = layout.read(&id) {
            let fields: Vec<(&str, &str)> = agent.fields().collect();
            prop_assert_eq!(layout.agent_id(&"acme".parse().unwrap(), &fields), Ok(id));
        }
    }
}
