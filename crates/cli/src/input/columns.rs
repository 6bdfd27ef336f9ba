//! Which columns of a file hold key, val, time and difference, and whether its first line names them.

use crate::args::ColumnArgs;
use crate::input::error::count;
use crate::input::record::Record;
use serde::Serialize;
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;
use thiserror::Error;

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Column {
    /// Counted from 0.
    #[serde(skip)]
    pub(crate) index: usize,
    /// Counted from 1, as the user does.
    number: usize,
    /// Its name, if the file has a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} (column {})", self.number),
            None => write!(f, "column {}", self.number),
        }
    }
}

/// The columns of a file that are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Columns {
    pub(crate) key: Column,
    pub(crate) val: Column,
    /// `None`: every time is 0.
    pub(crate) time: Option<Column>,
    /// `None`: every difference is +1.
    pub(crate) diff: Option<Column>,
    /// Whether the first line names the columns.
    header: bool,
    /// How many columns there are in all.
    width: usize,
}

/// What the user said of the first line.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum HeaderChoice {
    Yes,
    No,
    Detect,
}

impl HeaderChoice {
    /// From the two flags, which exclude each other.
    pub(crate) fn new(header: bool, no_header: bool) -> Self {
        match (header, no_header) {
            (true, _) => HeaderChoice::Yes,
            (_, true) => HeaderChoice::No,
            _ => HeaderChoice::Detect,
        }
    }
}

/// Why the columns that the user asked for can't be read.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum ColumnError {
    #[error("there is no column {wanted:?}; {present}")]
    NoName { wanted: String, present: Present },
    #[error("there is no column {wanted}; {present}")]
    NoNumber { wanted: String, present: Present },
    #[error("more than one column is named {wanted:?}: say which by its number; {present}")]
    Ambiguous { wanted: String, present: Present },
    #[error("column {wanted:?} is a name, but by --no-header the first line names no columns")]
    NamedWithoutHeader { wanted: String },
    #[error("it is empty, without a first line to name the column {wanted:?}")]
    Empty { wanted: String },
    #[error(
        "say which columns to read, with --key and --val and, if there are such, --time and --diff; {present}"
    )]
    TooMany { present: Present },
    #[error("there must be a key and a val at least; {present}")]
    TooFew { present: Present },
}

/// The columns that there are, to be shown to the user.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Present {
    /// The fields of the first line.
    fields: Vec<String>,
    /// Whether they are names.
    header: bool,
}

impl fmt::Display for Present {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.header { "there are" } else { "the first line has" };
        write!(f, "{what} {}", count(self.fields.len(), "column"))?;
        for (index, field) in self.fields.iter().enumerate() {
            let before = if index == 0 { ": " } else { ", " };
            write!(f, "{before}{}", field.escape_debug())?;
        }
        Ok(())
    }
}

impl Columns {
    /// Chooses columns by what the user asked for and the first line.
    pub(crate) fn choose(
        args: &ColumnArgs,
        header: HeaderChoice,
        first: &Record,
    ) -> Result<Self, ColumnError> {
        let fields: Vec<String> =
            first.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
        let wanted = [&args.key, &args.val, &args.time, &args.diff];
        let named = wanted.iter().find_map(|w| w.as_ref().filter(|w| w.parse::<usize>().is_err()));
        let indexes = match named {
            Some(wanted) if header == HeaderChoice::No => {
                return Err(ColumnError::NamedWithoutHeader { wanted: wanted.clone() });
            }
            // Names make the first line a header, whatever it looks like.
            Some(_) => indexes(args, &fields, true)?,
            None => indexes(args, &fields, header != HeaderChoice::No)?,
        };
        let [key, val, time, diff] = indexes;
        let header = match header {
            HeaderChoice::Yes => true,
            HeaderChoice::No => false,
            HeaderChoice::Detect => named.is_some() || is_header(first, indexes),
        };
        let column =
            |index: usize| Column { index, number: index + 1, name: header.then(|| fields[index].clone()) };
        match (key, val) {
            (Some(key), Some(val)) => Ok(Columns {
                key: column(key),
                val: column(val),
                time: time.map(column),
                diff: diff.map(column),
                header,
                width: fields.len(),
            }),
            _ => Err(ColumnError::TooFew { present: Present { fields, header } }),
        }
    }

    /// Whether a file without any line is as good as one without updates.
    pub(crate) fn check_empty(args: &ColumnArgs, header: HeaderChoice) -> Result<(), ColumnError> {
        let wanted = [&args.key, &args.val, &args.time, &args.diff].into_iter().flatten();
        match wanted.into_iter().find(|wanted| header != HeaderChoice::No && wanted.parse::<usize>().is_err())
        {
            Some(wanted) => Err(ColumnError::Empty { wanted: wanted.clone() }),
            None => Ok(()),
        }
    }

    /// Whether the first line names the columns.
    pub(crate) fn has_header(&self) -> bool {
        self.header
    }

    /// How many columns each line has.
    pub(crate) fn width(&self) -> usize {
        self.width
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Columns { key, val, time, diff, header, .. } = self;
        write!(f, "key {key}, val {val}, ")?;
        match time {
            Some(time) => write!(f, "time {time}, ")?,
            None => write!(f, "time always 0, ")?,
        }
        match diff {
            Some(diff) => write!(f, "difference {diff}")?,
            None => write!(f, "difference always +1")?,
        }
        write!(f, "; {}", if *header { "the first line is a header" } else { "no header" })
    }
}

/// The indexes of key, val, time and difference.
fn indexes(
    args: &ColumnArgs,
    fields: &[String],
    may_be_named: bool,
) -> Result<[Option<usize>; 4], ColumnError> {
    let wanted = [&args.key, &args.val, &args.time, &args.diff];
    let present = |header| Present { fields: fields.to_vec(), header };
    if wanted.iter().all(|wanted| wanted.is_none()) {
        let named = ["key", "val", "time", "diff"].map(|name| fields.iter().position(|f| is_named(f, name)));
        if may_be_named && named[0].is_some() && named[1].is_some() {
            return Ok(named);
        }
        return match fields.len() {
            2..=4 => Ok([0, 1, 2, 3].map(|index| (index < fields.len()).then_some(index))),
            0 | 1 => Err(ColumnError::TooFew { present: present(false) }),
            _ => Err(ColumnError::TooMany { present: present(false) }),
        };
    }
    let mut indexes = [None; 4];
    for (index, wanted) in indexes.iter_mut().zip(wanted) {
        if let Some(wanted) = wanted {
            *index = Some(find(wanted, fields, may_be_named)?);
        }
    }
    for role in 0..2 {
        if indexes[role].is_none() {
            indexes[role] = (0..fields.len()).find(|index| !indexes.contains(&Some(*index)));
        }
    }
    Ok(indexes)
}

/// The column that the user calls so: by its number, or else by its name.
fn find(wanted: &str, fields: &[String], may_be_named: bool) -> Result<usize, ColumnError> {
    let present = |header| Present { fields: fields.to_vec(), header };
    let number = wanted.parse::<usize>();
    if may_be_named && number.is_err() {
        let mut same = (0..fields.len()).filter(|index| fields[*index] == wanted);
        return match (same.next(), same.next()) {
            (Some(index), None) => Ok(index),
            (Some(_), Some(_)) => {
                Err(ColumnError::Ambiguous { wanted: wanted.to_owned(), present: present(true) })
            }
            (None, _) => Err(ColumnError::NoName { wanted: wanted.to_owned(), present: present(true) }),
        };
    }
    match number {
        Ok(number) if (1..=fields.len()).contains(&number) => Ok(number - 1),
        _ => Err(ColumnError::NoNumber { wanted: wanted.to_owned(), present: present(false) }),
    }
}

/// Whether a first line names columns, as far as can be told.
///
/// Its time and difference, so far as there are such columns, must be no numbers: a malformed update is so
/// only then taken for a header when all its numbers are malformed. Without either, it must name key and val
/// so.
fn is_header(first: &Record, [key, val, time, diff]: [Option<usize>; 4]) -> bool {
    let is_text = |index: usize| {
        let text = String::from_utf8_lossy(first.get(index));
        text.trim_ascii_start().starts_with(|c: char| c.is_alphabetic() || c == '_')
    };
    let is_called = |index: Option<usize>, name| {
        index.is_some_and(|index| is_named(&String::from_utf8_lossy(first.get(index)), name))
    };
    match (time, diff) {
        (None, None) => is_called(key, "key") && is_called(val, "val"),
        (time, diff) => [time, diff].into_iter().flatten().all(is_text),
    }
}

fn is_named(field: &str, name: &str) -> bool {
    let field = field.trim();
    field.eq_ignore_ascii_case(name) || (name == "val" && field.eq_ignore_ascii_case("value"))
}

/// A field as a number, or else its text and what is wrong with it. Spaces around numbers are no part of
/// them.
pub(crate) fn number<N: FromStr<Err = ParseIntError>>(field: &[u8]) -> Result<N, (String, ParseIntError)> {
    let text = String::from_utf8_lossy(field.trim_ascii());
    text.parse().map_err(|error| (text.into_owned(), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(columns: [&str; 4]) -> ColumnArgs {
        let [key, val, time, diff] = columns.map(|column| (!column.is_empty()).then(|| column.to_owned()));
        ColumnArgs { key, val, time, diff }
    }

    fn choose<const N: usize>(
        columns: [&str; 4],
        header: HeaderChoice,
        first: [&str; N],
    ) -> Result<String, String> {
        Columns::choose(&args(columns), header, &Record::from(first))
            .map(|columns| columns.to_string())
            .map_err(|error| error.to_string())
    }

    const NONE: [&str; 4] = [""; 4];
    use HeaderChoice::{Detect, No, Yes};

    #[test]
    fn by_default_columns_are_taken_in_order() {
        let four = "key column 1, val column 2, time column 3, difference column 4; no header";
        assert_eq!(choose(NONE, Detect, ["a", "b", "0", "1"]).unwrap(), four);
        let three = "key column 1, val column 2, time column 3, difference always +1; no header";
        assert_eq!(choose(NONE, Detect, ["a", "b", "0"]).unwrap(), three);
        let two = "key column 1, val column 2, time always 0, difference always +1; no header";
        assert_eq!(choose(NONE, Detect, ["a", "b"]).unwrap(), two);
        let error = choose(NONE, Detect, ["a"]).unwrap_err();
        assert_eq!(error, "there must be a key and a val at least; the first line has 1 column: a");
        let error = choose(NONE, Detect, ["a", "b", "c", "d", "e"]).unwrap_err();
        assert!(error.ends_with("the first line has 5 columns: a, b, c, d, e"), "{error}");
    }

    #[test]
    fn by_default_columns_named_so_are_taken() {
        let named = "key Key (column 3), val value (column 2), time time (column 1), difference always +1; \
            the first line is a header";
        assert_eq!(choose(NONE, Detect, ["time", "value", "Key", "x", "y"]).unwrap(), named);
        assert!(choose(NONE, No, ["time", "value", "Key"]).unwrap().starts_with("key column 1, "));
    }

    #[test]
    fn a_first_line_without_numbers_is_a_header() {
        let header = |columns, first| choose(columns, Detect, first).unwrap().ends_with("is a header");
        assert!(header(NONE, ["package", "dependency", "release", "change"]));
        assert!(!header(NONE, ["package", "dependency", "x", "1"]));
        assert!(!header(NONE, ["package", "dependency", "0", "x"]));
        assert!(!header(NONE, ["package", "dependency", "", ""]));
        assert!(!header(
            NONE,
            ["package", "dependency", "99999999999999999999999", "-99999999999999999999999"]
        ));
        assert!(!header(["1", "2", "", ""], ["package", "dependency", "x", "y"]));
        assert!(header(["1", "2", "", ""], ["key", "val", "x", "y"]));
        assert!(choose(["1", "2", "", ""], Yes, ["a", "b"]).unwrap().ends_with("is a header"));
    }

    #[test]
    fn columns_by_name_and_number() {
        let first = ["time", "who", "what"];
        let expected = "key who (column 2), val what (column 3), time time (column 1), difference always +1; \
            the first line is a header";
        assert_eq!(choose(["who", "what", "time", ""], Detect, first).unwrap(), expected);
        assert_eq!(choose(["who", "3", "1", ""], Detect, first).unwrap(), expected);
        assert_eq!(choose(["", "", "time", ""], Detect, first).unwrap(), expected);
        assert_eq!(choose(["", "", "1", ""], Detect, first).unwrap(), expected);
    }

    #[test]
    fn columns_that_there_are_not() {
        let error = |columns, header, first: [&str; 3]| choose(columns, header, first).unwrap_err();
        let first = ["who", "what", "what"];
        assert_eq!(
            error(["whom", "what", "", ""], Detect, first),
            "there is no column \"whom\"; there are 3 columns: who, what, what",
        );
        assert!(
            error(["who", "what", "", ""], Detect, first)
                .starts_with("more than one column is named \"what\"")
        );
        assert!(error(["who", "2", "", ""], No, first).contains("--no-header"));
        assert_eq!(
            error(["1", "4", "", ""], Detect, first),
            "there is no column 4; the first line has 3 columns: who, what, what",
        );
        assert!(error(["0", "1", "", ""], Detect, first).starts_with("there is no column 0"));
    }
}
