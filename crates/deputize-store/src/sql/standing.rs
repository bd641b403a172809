use std::collections::{HashMap, HashSet};

use deputize_core::{Basis, ClientId, Lineage, Revision, Target, TenantId, TokenId, UserId};

use super::{
    arg::{Arg, Column},
    engine::{Columns, Link},
};
use crate::{
    audit::AuditHash,
    error::StoreError,
    row::{parse, revision},
};

/// What a row of the answer is about: its first column. The last names it.
mod part {
    /// revision, whether active
    pub(super) const AGENT: i64 = 1;
    /// revision, whether revoked
    pub(super) const PERSON: i64 = 2;
    /// An active one.
    pub(super) const DELEGATION: i64 = 3;
    pub(super) const REVOKED_TOKEN: i64 = 4;
    pub(super) const ISSUED_TOKEN: i64 = 5;
    /// In hexadecimal digits.
    pub(super) const DIGEST: i64 = 6;
}

/// What is asked about.
#[derive(Debug, Default)]
pub(super) struct Asked {
    agents: HashSet<String>,
    people: HashSet<String>,
    delegations: HashSet<String>,
    tokens: HashSet<String>,
    new_tokens: Vec<String>,
    digests: Vec<Vec<u8>>,
}

/// How everything that some tokens rest on stands, at one moment and by one statement: who is about
/// to write holds the tenant meanwhile, so that it stays.
#[derive(Debug, Default)]
pub(super) struct Standing {
    agents: HashMap<ClientId, (Revision, bool)>,
    people: HashMap<String, (Revision, bool)>,
    delegations: HashSet<String>,
    revoked: HashSet<TokenId>,
    /// Issued before.
    pub(super) issued: HashSet<TokenId>,
    /// Claimed before.
    pub(super) claimed: HashSet<[u8; 32]>,
}

impl Asked {
    pub(super) fn lineage(&mut self, lineage: &Lineage) {
        self.agents.extend(lineage.agents.iter().map(ToString::to_string));
        self.people.extend(lineage.person.iter().map(ToString::to_string));
        self.delegations.extend(lineage.delegation.iter().map(ToString::to_string));
        self.tokens.extend(lineage.tokens.iter().map(ToString::to_string));
    }

    pub(super) fn agent(&mut self, client: &ClientId) {
        self.agents.insert(client.to_string());
    }

    pub(super) fn new_token(&mut self, token: TokenId) {
        self.new_tokens.push(token.to_string());
    }

    pub(super) fn digest(&mut self, digest: [u8; 32]) {
        self.digests.push(digest.to_vec());
    }
}

impl Standing {
    pub(super) async fn of<L: Link>(db: &mut L, tenant: &TenantId, asked: Asked) -> Result<Self, StoreError> {
        let args = vec![
            Arg::Text(tenant.as_str()),
            Arg::texts(asked.agents),
            Arg::texts(asked.people),
            Arg::texts(asked.delegations),
            Arg::texts(asked.tokens),
            Arg::texts(asked.new_tokens),
            Arg::List(Column::Blobs(asked.digests)),
        ];
        let mut standing = Self::default();
        for row in db.rows(L::SQL.standing, args).await? {
            standing.take(&row)?;
        }
        Ok(standing)
    }

    fn take(&mut self, row: &impl Columns) -> Result<(), StoreError> {
        let (name, state) = (row.some_text(3)?, || -> Result<_, StoreError> {
            Ok((revision(row.some_int(1)?)?, row.some_int(2)? != 0))
        });
        match row.some_int(0)? {
            part::AGENT => drop(self.agents.insert(parse(&name)?, state()?)),
            part::PERSON => drop(self.people.insert(name, state()?)),
            part::DELEGATION => drop(self.delegations.insert(name)),
            part::REVOKED_TOKEN => drop(self.revoked.insert(parse(&name)?)),
            part::ISSUED_TOKEN => drop(self.issued.insert(parse(&name)?)),
            part::DIGEST => drop(self.claimed.insert(*parse::<AuditHash>(&name)?.as_bytes())),
            other => return Err(StoreError::Corrupt(format!("a row of part {other}").into())),
        }
        Ok(())
    }

    /// The first thing in the lineage that is revoked, suspended or not there; `revoked` is whether
    /// the tenant is.
    pub(super) fn dead(&self, revoked: bool, lineage: &Lineage) -> Option<Target> {
        let person = lineage.person.iter().find(|id| self.person(id).1);
        let delegation = lineage.delegation.iter().find(|id| !self.delegations.contains(id.as_str()));
        let agent = lineage.agents.iter().find(|id| !self.agent(id).1);
        let token = lineage.tokens.iter().find(|id| self.revoked.contains(*id));
        let tenant = revoked.then_some(Target::Tenant);
        tenant
            .or(person.cloned().map(Target::Person))
            .or(delegation.cloned().map(Target::Delegation))
            .or(agent.cloned().map(Target::Agent))
            .or(token.copied().map(Target::Token))
    }

    /// What a decision made now would rest on.
    pub(super) fn basis(&self, epoch: Revision, client: &ClientId, person: Option<&UserId>) -> Basis {
        Basis { agent: self.agent(client).0, epoch, person: person.map(|id| self.person(id).0) }
    }

    /// An agent's revision, and whether it is active; of one who is not known, neither.
    fn agent(&self, client: &ClientId) -> (Revision, bool) {
        self.agents.get(client).copied().unwrap_or((Revision::NONE, false))
    }

    /// A person's revision, and whether they are revoked; of one who is not known, neither.
    fn person(&self, id: &UserId) -> (Revision, bool) {
        self.people.get(id.as_str()).copied().unwrap_or((Revision::NONE, false))
    }
}
