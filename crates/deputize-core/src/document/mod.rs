//! A tenant's configuration as one document that people write: TOML, or the same in JSON.
//!
//! Both syntaxes become one tree with line numbers, and one reader walks it, so that no rule is
//! there for one of them only.

mod build;
mod collect;
mod entries;
mod errors;
mod json;
mod names;
mod page;
mod print;
mod read;
mod rfc3339;
mod toml;
mod tree;

use alloc::string::String;

use self::{build::read, page::Page, tree::Node};
use crate::{config::Configuration, limits::MAX_DOCUMENT_BYTES};

pub use errors::{DocumentError, DocumentErrors};

impl Configuration {
    /// Reads a configuration from a TOML document of at most [`MAX_DOCUMENT_BYTES`].
    ///
    /// # Errors
    ///
    /// Everything that is wrong, at once, each with its line. Only a text that is no TOML at all is
    /// a single error: what follows a syntax error can't be told.
    ///
    /// ```
    /// use deputize_core::Configuration;
    ///
    /// let errors = Configuration::from_toml("[[role]]\nname = 'reader'\npermissions = ['*']").unwrap_err();
    /// assert_eq!(
    ///     errors.to_string(),
    ///     "line 1: tenant: is missing\n\
    ///      line 3: role[0].permissions[0]: scope pattern: has a prefix that is not empty before `:*` (at byte 0)"
    /// );
    /// ```
    pub fn from_toml(text: &str) -> Result<Self, DocumentErrors> {
        parsed(text, toml::parse)
    }

    /// Reads a configuration from a JSON document (RFC 8259) of at most [`MAX_DOCUMENT_BYTES`], with
    /// the same fields as in TOML. A member that occurs twice is an error.
    ///
    /// # Errors
    ///
    /// As [`Configuration::from_toml`].
    pub fn from_json(text: &str) -> Result<Self, DocumentErrors> {
        parsed(text, json::parse)
    }

    /// This configuration as a TOML document that reads as an equal one. Its order depends on its
    /// content only, and what has its default is left out.
    #[must_use]
    pub fn to_toml(&self) -> String {
        print::toml(&Page::of(self))
    }

    /// This configuration as a JSON document that reads as an equal one: indented, ending with a
    /// newline.
    #[must_use]
    pub fn to_json(&self) -> String {
        print::json(&Page::of(self))
    }
}

fn parsed(
    text: &str,
    parse: impl FnOnce(&str) -> Result<Node<'_>, DocumentError>,
) -> Result<Configuration, DocumentErrors> {
    if text.len() > MAX_DOCUMENT_BYTES {
        return Err(DocumentError::whole(alloc::format!("is longer than {MAX_DOCUMENT_BYTES} bytes")).into());
    }
    read(&parse(text)?)
}
