use deputize_core::UnixTime;

use crate::{jws::Node, verify::VerifyError};

/// A JSON object whose members are claims: what is missing or of the wrong type has a name.
pub(super) struct Object<'a, const N: usize> {
    node: Node<'a>,
    usual: [&'static str; N],
    values: [Option<Node<'a>>; N],
}

type Found<T> = Result<T, VerifyError>;

impl<'a, const N: usize> Object<'a, N> {
    /// The `usual` members are looked for at once, quickest in the order in which they stand; any
    /// other can be asked for as well.
    pub(super) fn new(node: Node<'a>, name: &'static str, usual: [&'static str; N]) -> Found<Self> {
        let mut values = [None; N];
        let mut next = 0;
        for (name, value) in node.members().ok_or(VerifyError::InvalidClaim(name))? {
            let mut places = (next..N).chain(0..next);
            if let Some(at) = places.find(|at| usual.get(*at) == Some(&name)) {
                values.get_mut(at).into_iter().for_each(|found| *found = Some(value));
                next = at + 1;
            }
        }
        Ok(Self { node, usual, values })
    }

    pub(super) fn get(&self, name: &str) -> Option<Node<'a>> {
        match self.usual.iter().position(|usual| *usual == name) {
            Some(at) => self.values.get(at).copied().flatten(),
            None => self.node.get(name),
        }
    }

    pub(super) fn required(&self, name: &'static str) -> Found<Node<'a>> {
        self.get(name).ok_or(VerifyError::MissingClaim(name))
    }

    pub(super) fn text(&self, name: &'static str) -> Found<&'a str> {
        self.required(name)?.as_str().ok_or(VerifyError::InvalidClaim(name))
    }

    /// A claim whose value goes through the parser of its type.
    pub(super) fn parsed<T: core::str::FromStr>(&self, name: &'static str) -> Found<T> {
        self.text(name)?.parse().map_err(|_| VerifyError::InvalidClaim(name))
    }

    /// A NumericDate (RFC 7519 §2), here always a whole number that is not negative.
    pub(super) fn time(&self, name: &'static str) -> Found<UnixTime> {
        let seconds = self.required(name)?.as_u64().and_then(UnixTime::from_secs);
        seconds.ok_or(VerifyError::InvalidClaim(name))
    }

    pub(super) fn small(&self, name: &'static str) -> Found<u8> {
        let number = self.required(name)?.as_u64().and_then(|number| u8::try_from(number).ok());
        number.ok_or(VerifyError::InvalidClaim(name))
    }

    pub(super) fn texts(&self, name: &'static str) -> Found<impl Iterator<Item = Option<&'a str>>> {
        let items = self.required(name)?.items().ok_or(VerifyError::InvalidClaim(name))?;
        Ok(items.map(Node::as_str))
    }
}
