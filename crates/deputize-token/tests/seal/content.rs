//! Contents that the holder of the key-encryption key could seal, and that are no key ring.

use deputize_token::{Algorithm, KeyRing, OpenError, SigningKey, jws, limits::MAX_KEYS};
use serde_json::{Value, json};

use super::{
    ALGORITHMS, Refused, forge, full_ring, open, seal,
    support::{issuer, tenant},
};

fn of(algorithm: Algorithm) -> Value {
    serde_json::from_slice(&forge::open(&seal(&full_ring(algorithm))).1).unwrap()
}

fn taken(content: &str) -> bool {
    match open(&forge::seal(content.as_bytes(), |header| header.to_string())) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error, Refused::Unopened(OpenError::Content));
            false
        }
    }
}

fn edited(algorithm: Algorithm, edit: impl FnOnce(&mut Value)) -> bool {
    let mut content = of(algorithm);
    edit(&mut content);
    taken(&content.to_string())
}

fn remove(from: &mut Value, name: &str) -> Value {
    from.as_object_mut().unwrap().remove(name).unwrap()
}

#[test]
fn every_member_is_needed_and_none_is_ignored() {
    for algorithm in ALGORITHMS {
        let content = of(algorithm);
        assert!(taken(&content.to_string()));
        for at in 0..3 {
            for (name, value) in content["keys"][at].as_object().unwrap() {
                let missing = edited(algorithm, |content| drop(remove(&mut content["keys"][at], name)));
                // RFC 7517 §4.2: `use` may be absent. Without `d` it is a key that signs elsewhere.
                let elsewhere = name == "d" && content["keys"][at]["kty"] != "RSA";
                assert_eq!(missing, name == "use" || elsewhere, "{algorithm} {name}");
                for wrong in [json!(""), json!("AAAA"), json!(-1), json!([value]), json!({})] {
                    // A key of which only the public half is there has any id.
                    let named = at == 2 && name == "kid" && wrong == "AAAA";
                    let taken = edited(algorithm, |content| content["keys"][at][name] = wrong);
                    assert_eq!(taken, named, "{algorithm} {name}");
                }
                let twice = content.to_string().replacen(
                    &format!("{name:?}:{value}"),
                    &format!("{name:?}:{value},{name:?}:{value}"),
                    1,
                );
                assert!(!taken(&twice), "{algorithm} {name} twice");
            }
            for name in ["key_ops", "x5c", "oth", "k", "other"] {
                assert!(!edited(algorithm, |content| content["keys"][at][name] = json!(["verify"])), "{name}");
            }
        }
    }
}

#[test]
fn one_key_is_active_one_may_be_next_and_the_others_have_an_end() {
    let with = |edit: fn(&mut Value)| edited(Algorithm::EdDsa, edit);
    assert!(with(|content| drop(content["keys"].as_array_mut().unwrap().pop())));
    assert!(with(|content| drop(content["keys"].as_array_mut().unwrap().remove(1))));
    assert!(with(|content| content["keys"].as_array_mut().unwrap().reverse()));
    for edit in [
        (|content| drop(content["keys"].as_array_mut().unwrap().remove(0))) as fn(&mut Value),
        |content| content["keys"] = json!([]),
        |content| content["keys"][0]["state"] = "next".into(),
        |content| content["keys"][1]["state"] = "active".into(),
        |content| content["keys"][2]["state"] = "active".into(),
        |content| content["keys"][0]["state"] = "retiring".into(),
        |content| content["keys"][0]["exp"] = 1_800_000_900.into(),
        |content| content["keys"][1]["exp"] = 1_800_000_900.into(),
        |content| content["keys"][2]["exp"] = json!(null),
        |content| content["keys"][2]["exp"] = 253_402_300_800_u64.into(),
        |content| content["keys"][2]["exp"] = json!(1.5),
        |content| content["keys"][2]["state"] = "Retiring".into(),
        |content| content["max_lifetime_seconds"] = (1_u64 << 32).into(),
        |content| content["max_lifetime_seconds"] = json!("3600"),
        |content| content["other"] = 1.into(),
        |content| drop(remove(content, "max_lifetime_seconds")),
        |content| drop(remove(content, "keys")),
        |content| {
            // What has retired signs no more: its private half is not kept.
            content["keys"][0]["state"] = "retiring".into();
            content["keys"][0]["exp"] = 1_800_000_900.into();
            content["keys"][1]["state"] = "active".into();
        },
        |content| {
            // Two keys by one id.
            let kid = content["keys"][0]["kid"].clone();
            content["keys"][2]["kid"] = kid;
        },
    ] {
        assert!(!with(edit));
    }
    let retiring = of(Algorithm::EdDsa)["keys"][2].clone();
    let crowd = |more: usize| {
        edited(Algorithm::EdDsa, |content| {
            content["keys"].as_array_mut().unwrap().extend(vec![retiring.clone(); more]);
        })
    };
    assert!(crowd(MAX_KEYS - 3) && !crowd(MAX_KEYS - 2));
    for text in ["", "{}", "[]", "null", "\u{0}"] {
        assert!(!taken(text));
    }
    assert!(!taken(&format!("{}{{}}", of(Algorithm::EdDsa))));
}

#[test]
fn private_and_public_half_belong_together() {
    for algorithm in ALGORITHMS {
        // Of another key of the same kind; a new RSA key takes seconds.
        let other = match algorithm {
            Algorithm::Ps256 | Algorithm::Rs256 => of(algorithm)["keys"][0]["p"].clone(),
            _ => {
                let key = SigningKey::generate(algorithm).unwrap();
                let (_, content) = forge::open(&seal(&KeyRing::new(tenant(), issuer(), key)));
                serde_json::from_slice::<Value>(&content).unwrap()["keys"][0]["d"].clone()
            }
        };
        assert!(!edited(algorithm, |content| content["keys"][0]["d"] = other), "{algorithm}");
        assert!(!edited(algorithm, |content| content["keys"][0]["kid"] = "1".into()), "the id is the thumbprint");
        // The same secret, so written that it would have to be copied.
        let content = of(algorithm);
        let d = content["keys"][0]["d"].as_str().unwrap();
        let escaped = format!("\\u{:04x}{}", d.as_bytes()[0], d.split_at(1).1);
        assert!(!taken(&content.to_string().replacen(d, &escaped, 1)), "{algorithm}");
    }
    // RFC 7518 §6.2.2.1: as wide as the curve, neither less nor more.
    let content = of(Algorithm::Es256);
    let d = jws::decode(content["keys"][0]["d"].as_str().unwrap()).unwrap();
    let wider = jws::encode(&[&[0], d.as_slice()].concat());
    assert!(!edited(Algorithm::Es256, |content| content["keys"][0]["d"] = wider.into()));
}

#[test]
fn some_private_members_are_no_private_key() {
    for name in ["d", "p", "q", "dp", "dq", "qi"] {
        assert!(!edited(Algorithm::Rs256, |content| drop(remove(&mut content["keys"][0], name))), "{name}");
        let borrowed = of(Algorithm::Rs256)["keys"][0][name].clone();
        assert!(!edited(Algorithm::EdDsa, |content| content["keys"][2][name] = borrowed.clone()), "{name}");
        let own = name == "d";
        assert!(own || !edited(Algorithm::EdDsa, |content| content["keys"][0][name] = borrowed), "{name}");
    }
    // All of them, beside a private key of another kind.
    let rsa = of(Algorithm::Rs256)["keys"][0].clone();
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let with_all = |content: &mut Value| {
            for name in ["p", "q", "dp", "dq", "qi"] {
                content["keys"][0][name] = rsa[name].clone();
            }
        };
        assert!(!edited(algorithm, with_all), "{algorithm}");
    }
    let only_d = |content: &mut Value| {
        for name in ["p", "q", "dp", "dq", "qi"] {
            remove(&mut content["keys"][0], name);
        }
    };
    assert!(!edited(Algorithm::Rs256, only_d));
}
