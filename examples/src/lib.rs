//! What the example programs share: how they take arguments, say what is wrong with them, and tell
//! the time.

use std::{
    fmt::Display,
    fs,
    process::ExitCode,
    str::FromStr,
    time::{SystemTime, UNIX_EPOCH},
};

use deputize::{core::UnixTime, token::jws::json};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use serde::de::DeserializeOwned;

/// Everything that is wrong with the input, said at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<String>);

impl Problems {
    /// Notes one.
    pub fn add(&mut self, problem: impl Display) {
        self.0.push(problem.to_string());
    }

    /// The value, or nothing and a note that starts with `what`.
    pub fn check<T, E: Display>(&mut self, what: impl Display, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(format_args!("{what}: {error}"))).ok()
    }

    /// The argument parsed, if it is there and can be.
    pub fn parse<T: FromStr<Err: Display>>(&mut self, name: &str, text: Option<&str>) -> Option<T> {
        self.check(name, text?.parse())
    }

    /// The argument, which has to be there.
    pub fn required<T>(&mut self, name: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.add(format_args!("{name} is missing"));
        }
        value
    }

    /// The content of a file.
    pub fn read(&mut self, name: &str, path: &str) -> Option<String> {
        self.check(format_args!("{name} {path}"), fs::read_to_string(path))
    }

    /// The content of a file that need not be text.
    pub fn read_bytes(&mut self, name: &str, path: &str) -> Option<Vec<u8>> {
        self.check(format_args!("{name} {path}"), fs::read(path))
    }

    /// The content of a file that holds one JSON object, no member of it twice.
    pub fn read_json<T: DeserializeOwned>(&mut self, name: &str, path: &str) -> Option<T> {
        let text = self.read(name, path)?;
        let what = format!("{name} {path}");
        let value = self.check(&what, json::parse(text.as_bytes()))?;
        // serde would take an array for a struct.
        if !value.is_object() {
            self.add(format_args!("{what}: is not an object"));
            return None;
        }
        self.check(&what, serde_json::from_value(value))
    }

    /// Whether nothing was noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Prints all of them on stderr: the program ends with status 2.
    #[must_use]
    pub fn report(&self) -> ExitCode {
        for problem in &self.0 {
            eprintln!("{problem}");
        }
        ExitCode::from(2)
    }
}

/// A program's arguments: `--name value`, and flags without a value. None twice.
#[derive(Debug, Default)]
pub struct Arguments {
    named: Vec<(String, String)>,
    /// What has no name, such as files.
    pub rest: Vec<String>,
}

impl Arguments {
    /// Reads the command line; `values` and `flags` are the names that there are, and everything
    /// has one.
    pub fn read(values: &[&str], flags: &[&str], problems: &mut Problems) -> Self {
        let found = Self::read_with_rest(values, flags, problems);
        for argument in &found.rest {
            problems.add(format_args!("unexpected argument {argument:?}"));
        }
        found
    }

    /// Reads the command line, where some arguments have no name.
    pub fn read_with_rest(values: &[&str], flags: &[&str], problems: &mut Problems) -> Self {
        let mut found = Self::default();
        let mut parser = lexopt::Parser::from_env();
        loop {
            match parser.next() {
                Ok(None) => return found,
                Ok(Some(lexopt::Arg::Long(name))) => {
                    let name = name.to_owned();
                    if found.get(&name).is_some() {
                        problems.add(format_args!("--{name} is given twice"));
                    }
                    if flags.contains(&name.as_str()) {
                        found.named.push((name, String::new()));
                    } else if values.contains(&name.as_str()) {
                        let value = parser.value().map_err(|error| error.to_string());
                        let value = value.and_then(|value| value.into_string().map_err(|_| "is not UTF-8".into()));
                        found.named.extend(problems.check(format_args!("--{name}"), value).map(|value| (name, value)));
                    } else {
                        problems.add(format_args!("--{name} is not an option"));
                    }
                }
                Ok(Some(lexopt::Arg::Value(value))) => {
                    let value = value.into_string().map_err(|value| format!("{} is not UTF-8", value.display()));
                    found.rest.extend(problems.check("an argument", value));
                }
                Ok(Some(other)) => problems.add(other.unexpected()),
                Err(error) => {
                    problems.add(error);
                    return found;
                }
            }
        }
    }

    /// The value of `--name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.named.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// The certificates of PEM text, as DER; nothing when there is none, or one can't be read.
#[must_use]
pub fn chain(pem: &[u8]) -> Option<Vec<Vec<u8>>> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().ok()?;
    let chain: Vec<Vec<u8>> = certificates.into_iter().map(|certificate| certificate.to_vec()).collect();
    Some(chain).filter(|chain| !chain.is_empty())
}

/// `--at`, or the present: the only place where the examples read a clock.
pub fn moment(arguments: &Arguments, problems: &mut Problems) -> Option<UnixTime> {
    match arguments.get("at") {
        Some(text) => problems.check("--at", UnixTime::from_rfc3339(text)),
        None => Some(now()),
    }
}

/// The present.
#[must_use]
pub fn now() -> UnixTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixTime::from_secs(since.as_secs()).unwrap_or(UnixTime::MAX)
}
