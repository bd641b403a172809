use deputize_core::{TenantId, UnixTime};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::{AuditHash, AuditHead, Checkpoint};

/// An event as it is stored, and its link: one line of an export.
///
/// # Format
///
/// Serialised by `serde_json` it is one line of JSON, with these members in this order:
///
/// ```
/// # use deputize_store::{AuditHash, AuditLine};
/// let json = concat!(
///     r#"{"tenant":"acme","sequence":1,"at":1800000000,"chain":1,"number":1,"#,
///     r#""hash":"7a7e5e66f90cb8416561be087388d2104349fa4b51a64e3e521bcce337120fbc","#,
///     r#""entry":{"changed":{"actor":{"operator":"olga"},"#,
///     r#""change":{"put_resource":{"uri":"https://api.example"}},"revision":1}}}"#,
/// );
/// let line: AuditLine = serde_json::from_str(json)?;
/// assert_eq!(line.hash, line.digest(AuditHash::ZERO));
/// assert_eq!(serde_json::to_string(&line)?, json);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// `entry` is the stored text, byte for byte, and comes last: without a parser that keeps it, it is
/// what stands between the first `,"entry":` and the closing brace. `hash` is the SHA-256 of these
/// eight parts, each after its length in bytes as an unsigned 64-bit big-endian integer; the
/// integers among them are unsigned 64-bit big-endian too:
///
/// 1. the text `deputize audit 1`
/// 2. `tenant`
/// 3. `chain`
/// 4. `number`
/// 5. the 32 bytes of the hash of event `number` − 1 of the same chain; 32 zero bytes for number 1
/// 6. `sequence`
/// 7. `at`
/// 8. the text of `entry`
///
/// [`Checkpoint::advance`] holds lines against this, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data, of a format with a version")]
pub struct AuditLine {
    /// Whose trail it is in.
    pub tenant: TenantId,
    /// Its place in the tenant's one order, as [`AuditEvent::sequence`](crate::AuditEvent::sequence).
    pub sequence: u64,
    /// When it happened, in seconds since 1970, as the caller said.
    pub at: u64,
    /// The chain it is in. A store with one writer at a time has one chain for each tenant, number 1;
    /// one with many may have one for each writer.
    pub chain: u64,
    /// Its number in its chain: 1, 2, 3 and so on, without gaps.
    pub number: u64,
    /// The SHA-256 of all the rest of it and of the hash before it.
    pub hash: AuditHash,
    /// What happened: the exact stored text of an [`AuditEntry`](crate::AuditEntry) in JSON. Whatever
    /// somebody put in its place, if it was altered; what is not one line of JSON can't be serialised.
    pub entry: String,
}

/// Some of a trail's lines, by their place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct AuditLines {
    /// Where the trail starts: everything up to here was removed by [`Store::prune`](crate::Store::prune).
    /// [`Checkpoint::new`] if nothing was.
    pub start: Checkpoint,
    /// The lines, oldest first. None: there are no more, up to now.
    pub lines: Vec<AuditLine>,
}

impl AuditLine {
    /// What [`AuditLine::hash`] has to be, after the event with the hash `previous` in the same
    /// chain. For stores of your own: the format is above.
    #[must_use]
    pub fn digest(&self, previous: AuditHash) -> AuditHash {
        let mut hash = Sha256::new();
        // Each with its length before it, so that parts can't run into each other.
        for part in [
            FORMAT.as_bytes(),
            self.tenant.as_str().as_bytes(),
            &self.chain.to_be_bytes(),
            &self.number.to_be_bytes(),
            previous.as_bytes(),
            &self.sequence.to_be_bytes(),
            &self.at.to_be_bytes(),
            self.entry.as_bytes(),
        ] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        AuditHash::from_bytes(hash.finalize().into())
    }

    /// The next line of a trail that has one chain, after `last`. For stores of your own: nobody else
    /// may append between the reading of `last` and the writing of this.
    #[must_use]
    pub fn next(tenant: &TenantId, last: Option<AuditHead>, at: UnixTime, entry: String) -> Self {
        let (sequence, number, previous) =
            last.map_or((0, 0, AuditHash::ZERO), |last| (last.sequence, last.number, last.hash));
        let mut line = Self {
            tenant: tenant.clone(),
            sequence: sequence.saturating_add(1),
            at: at.as_secs(),
            chain: ONLY_CHAIN,
            number: number.saturating_add(1),
            hash: AuditHash::ZERO,
            entry,
        };
        line.hash = line.digest(previous);
        line
    }

    /// What comes after it hangs on this.
    #[must_use]
    pub const fn head(&self) -> AuditHead {
        AuditHead { number: self.number, sequence: self.sequence, hash: self.hash }
    }
}

impl Serialize for AuditLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { tenant, sequence, at, chain, number, hash, entry: text } = self;
        let entry: &RawValue = serde_json::from_str(text).map_err(ser::Error::custom)?;
        // JSON allows white space around and within, which would not come back or end the line.
        if entry.get() != text || text.contains(['\n', '\r']) {
            return Err(ser::Error::custom("the entry is not one line of JSON"));
        }
        let (sequence, at, chain, number, hash) = (*sequence, *at, *chain, *number, *hash);
        Members { tenant, sequence, at, chain, number, hash, entry }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AuditLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let line: Members<TenantId, Box<RawValue>> = Members::deserialize(deserializer)?;
        let Members { tenant, sequence, at, chain, number, hash, entry } = line;
        if entry.get().contains(['\n', '\r']) {
            return Err(de::Error::custom("the entry is not one line of JSON"));
        }
        Ok(Self { tenant, sequence, at, chain, number, hash, entry: Box::<str>::from(entry).into() })
    }
}

/// The chain of a store that has one writer at a time.
pub(crate) const ONLY_CHAIN: u64 = 1;

/// What is hashed first, so that no other hash is ever one of these.
const FORMAT: &str = "deputize audit 1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Members<T, E> {
    tenant: T,
    sequence: u64,
    at: u64,
    chain: u64,
    number: u64,
    hash: AuditHash,
    entry: E,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(entry: &str) -> AuditLine {
        AuditLine {
            tenant: "acme".parse().unwrap(),
            sequence: (1 << 40) + 3,
            at: 1_800_000_005,
            chain: 7,
            number: 258,
            hash: AuditHash::ZERO,
            entry: entry.into(),
        }
    }

    /// Computed by another SHA-256: what was sealed once is verified for years.
    #[test]
    fn the_format_never_changes() {
        let first = "7a7e5e66f90cb8416561be087388d2104349fa4b51a64e3e521bcce337120fbc".parse().unwrap();
        let second = "abd0c0961605f35190dafce7dc25d7f56091413ea35aab69b8b4ed524a129dd0";
        assert_eq!(line(r#"{"refused":"é"}"#).digest(first).to_string(), second);
    }

    /// The next line's hash covers all of it, in a trail that has one chain.
    #[test]
    fn a_line_hangs_on_the_one_before() {
        let tenant: TenantId = "acme".parse().unwrap();
        let first = AuditLine::next(&tenant, None, UnixTime::EPOCH, "1".into());
        assert_eq!((first.sequence, first.chain, first.number), (1, 1, 1));
        assert_eq!(first.hash, first.digest(AuditHash::ZERO));
        let far = AuditHead { number: 4, sequence: 9, hash: first.hash };
        let next = AuditLine::next(&tenant, Some(far), UnixTime::EPOCH, "2".into());
        assert_eq!((next.sequence, next.chain, next.number), (10, 1, 5));
        assert_eq!(next.hash, next.digest(first.hash));
        assert_ne!(next.hash, next.digest(AuditHash::ZERO));
    }

    #[test]
    fn what_is_not_one_line_of_json_is_not_exported() {
        assert!(serde_json::to_string(&line(r#"{"a": 1}"#)).is_ok());
        for entry in ["", "no JSON", " {}", "{} ", "{}\n", "{\n}", "{\r}", "{}{}", "{"] {
            assert!(serde_json::to_string(&line(entry)).is_err(), "{entry:?}");
        }
    }

    #[test]
    fn a_line_is_read_strictly() {
        let json = serde_json::to_string(&line("{}")).unwrap();
        assert_eq!(serde_json::from_str::<AuditLine>(&json).unwrap(), line("{}"));
        for (from, to) in [
            ("{}", "{\n}"),
            (r#""at":"#, r#""at":0,"at":"#),
            (r#""at":"#, r#""more":0,"at":"#),
            (r#""number":258,"#, ""),
            ("258", "-258"),
            ("258", "258.0"),
            ("acme", "ACME"),
        ] {
            let other = json.replacen(from, to, 1);
            assert_ne!(other, json);
            assert!(serde_json::from_str::<AuditLine>(&other).is_err(), "{other}");
        }
    }
}
