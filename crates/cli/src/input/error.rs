//! What can be wrong with input: a line, which can be passed over, or a file, which can't.

use crate::input::columns::ColumnError;
use crate::input::open::Compression;
use serde::{Serialize, Serializer};
use std::io;
use std::num::{IntErrorKind, ParseIntError};
use thiserror::Error;

/// Why input can't be read on.
#[derive(Debug, Error)]
pub(crate) enum InputError {
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error("can't open {file}: {error}")]
    Open { file: String, error: io::Error },
    #[error("can't read {file}: {error}")]
    Read { file: String, error: io::Error },
    #[error("{file} {what}")]
    Foreign { file: String, what: String },
    #[error("{file}: {error}")]
    Columns { file: String, error: ColumnError },
    #[error("standard input can be read only once, but `-` is given more often")]
    StdinTwice,
}

impl InputError {
    pub(super) fn open(file: &str, error: io::Error) -> Self {
        let file = file.to_owned();
        match error.kind() {
            io::ErrorKind::Unsupported => InputError::Foreign { file, what: error.to_string() },
            _ => InputError::Open { file, error },
        }
    }

    pub(super) fn columns(file: &str, error: ColumnError) -> Self {
        InputError::Columns { file: file.to_owned(), error }
    }
}

/// A line that is not an update.
#[derive(Debug, Error, Serialize)]
#[error("{file}:{line}: {reason}")]
pub(crate) struct Malformed {
    pub(crate) file: String,
    /// Counted from 1.
    pub(crate) line: u64,
    #[serde(serialize_with = "as_text")]
    pub(crate) reason: Reason,
}

/// Why a line is not an update.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum Reason {
    #[error("{} where the first line has {expected}", count(*found, "column"))]
    Width { expected: usize, found: usize },
    #[error("the {role} {text:?} {error}")]
    Number { role: &'static str, text: String, error: NumberError },
    #[error("the {role} is not UTF-8, from its byte {} on", byte + 1)]
    Utf8 { role: &'static str, byte: usize },
    #[error("a quoted field is not closed: it takes in all up to the last line, {last}")]
    OpenQuote { last: u64 },
    #[error("the differences up to here add up to 2^63 or more, regardless of sign: sums could overflow")]
    Magnitude,
    #[error("the {format} data is damaged or cut short ({error}): the rest of the file can't be read")]
    Damaged { format: Compression, error: String },
}

impl Reason {
    pub(super) fn number(role: &'static str, text: &str, error: NumberError) -> Self {
        Reason::Number { role, text: text.to_owned(), error }
    }
}

/// Why a field is not a number.
#[derive(Copy, Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum NumberError {
    #[error("is not a whole number")]
    Syntax,
    #[error("is negative")]
    Negative,
    #[error("is more than {}", u64::MAX)]
    BeyondTime,
    #[error("is not within {} and {}", i64::MIN, i64::MAX)]
    BeyondDiff,
}

impl NumberError {
    pub(super) fn of_time(error: &ParseIntError, text: &str) -> Self {
        let is_negative =
            |text: &str| text.strip_prefix('-').is_some_and(|rest| !rest.is_empty() && digits(rest));
        match error.kind() {
            IntErrorKind::PosOverflow => NumberError::BeyondTime,
            _ if is_negative(text) => NumberError::Negative,
            _ => NumberError::Syntax,
        }
    }

    pub(super) fn of_diff(error: &ParseIntError) -> Self {
        match error.kind() {
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => NumberError::BeyondDiff,
            _ => NumberError::Syntax,
        }
    }
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number and what it counts, in the plural if need be.
pub(crate) fn count(n: usize, what: &str) -> String {
    match n {
        1 => format!("1 {what}"),
        _ => format!("{n} {what}s"),
    }
}

fn as_text<S: Serializer>(reason: &Reason, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(reason)
}
