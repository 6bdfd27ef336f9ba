//! Files of updates: opened, decompressed, split into lines and columns, and parsed.
//!
//! What is wrong with a line is a [`Malformed`], which names file, line and reason. The [`Updates`] of all
//! files are read as one stream; a malformed line ends it or is counted and passed over, as the user chose.
//! Damage to a compressed file is treated the same way: the rest of the file is what is passed over.

mod columns;
mod error;
mod open;
mod record;

pub(crate) use columns::{Columns, HeaderChoice};
pub(crate) use error::{InputError, Malformed, NumberError, Reason};
pub(crate) use open::Source;

use crate::args::{ColumnArgs, Delimiter, InputArgs, OnError};
use crate::index::Update;
use crate::progress;
use indicatif::ProgressBar;
use open::{Compression, Opened};
use record::{Failure, Record, Records};
use serde::Serialize;
use std::io::BufRead;
use std::path::PathBuf;

/// How many of the skipped lines are kept to be shown.
const SKIPPED_SHOWN: usize = 5;

/// Updates of one or more files, as one stream.
pub(crate) struct Updates {
    /// Files not yet opened, last first.
    sources: Vec<Source>,
    options: Options,
    file: Option<File>,
    files: Vec<FileSummary>,
    skipped: Skipped,
    /// The sum of the absolute values of all differences, which bounds every sum of differences.
    magnitude: u64,
    progress: ProgressBar,
}

/// How files are read.
#[derive(Debug)]
struct Options {
    columns: ColumnArgs,
    header: HeaderChoice,
    delimiter: Option<Delimiter>,
    on_error: OnError,
}

/// A file being read.
struct File {
    name: String,
    compression: Compression,
    records: Records<Box<dyn BufRead>>,
    /// Known once there was a first line.
    columns: Option<Columns>,
}

/// What was found in a file.
#[derive(Debug, Serialize)]
pub(crate) struct FileSummary {
    pub(crate) file: String,
    pub(crate) compression: Compression,
    pub(crate) columns: Option<Columns>,
    pub(crate) lines: u64,
    pub(crate) blank_lines: u64,
}

/// The lines that were passed over.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Skipped {
    /// Their number.
    pub(crate) count: u64,
    /// The first few.
    pub(crate) first: Vec<Malformed>,
}

impl Updates {
    /// The updates of some files, `-` being standard input, or of the sample.
    pub(crate) fn new(args: InputArgs, files: Vec<PathBuf>) -> Result<Self, InputError> {
        let mut sources: Vec<Source> = match args.sample {
            true => vec![Source::Sample],
            false => files.into_iter().map(Source::from).collect(),
        };
        if sources.iter().filter(|source| matches!(source, Source::Stdin)).count() > 1 {
            return Err(InputError::StdinTwice);
        }
        let progress = progress::reading(sources.iter().map(Source::size).sum());
        sources.reverse();
        let header = HeaderChoice::new(args.header, args.no_header);
        let options =
            Options { columns: args.columns, header, delimiter: args.delimiter, on_error: args.on_error };
        Ok(Updates {
            sources,
            options,
            file: None,
            files: Vec::new(),
            skipped: Skipped::default(),
            magnitude: 0,
            progress,
        })
    }

    /// Fills `chunk` with the next updates, until it holds `limit`. It stays empty once there are none.
    pub(crate) fn read(&mut self, chunk: &mut Vec<Update>, limit: usize) -> Result<(), InputError> {
        while chunk.len() < limit {
            let Some(file) = &mut self.file else {
                let Some(source) = self.sources.pop() else { break };
                self.file = Some(File::open(&source, &self.options, &self.progress)?);
                continue;
            };
            match file.next(&self.options, &mut self.magnitude) {
                Ok(Some(update)) => chunk.push(update),
                Ok(None) => self.close(),
                Err(InputError::Malformed(malformed)) if self.options.on_error == OnError::Skip => {
                    let cut = matches!(malformed.reason, Reason::Damaged { .. });
                    self.skipped.count += 1;
                    // A file cut short is always shown, however many lines came before.
                    if self.skipped.first.len() < SKIPPED_SHOWN || cut {
                        self.skipped.first.push(malformed);
                    }
                    if cut {
                        self.close();
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What was found in each file, and what was passed over.
    pub(crate) fn finish(self) -> (Vec<FileSummary>, Skipped) {
        self.progress.finish_and_clear();
        (self.files, self.skipped)
    }

    fn close(&mut self) {
        self.files.extend(self.file.take().map(File::summary));
    }
}

impl File {
    fn open(source: &Source, options: &Options, progress: &ProgressBar) -> Result<Self, InputError> {
        let name = source.name();
        let Opened { compression, reader } =
            source.open(progress).map_err(|error| InputError::open(&name, error))?;
        let records = Records::new(reader, options.delimiter.map(|d| d.0));
        Ok(File { name, compression, records, columns: None })
    }

    fn summary(self) -> FileSummary {
        FileSummary {
            file: self.name,
            compression: self.compression,
            columns: self.columns,
            lines: self.records.lines(),
            blank_lines: self.records.blank_lines(),
        }
    }

    /// The next update of the file, if there is one.
    fn next(&mut self, options: &Options, magnitude: &mut u64) -> Result<Option<Update>, InputError> {
        loop {
            if !self.records.read().map_err(|failure| self.failure(failure))? {
                if self.columns.is_none() {
                    Columns::check_empty(&options.columns, options.header)
                        .map_err(|error| InputError::columns(&self.name, error))?;
                }
                return Ok(None);
            }
            let record = self.records.record();
            let columns = match &self.columns {
                Some(columns) => columns,
                None => {
                    let columns = Columns::choose(&options.columns, options.header, record)
                        .map_err(|error| InputError::columns(&self.name, error))?;
                    let columns = self.columns.insert(columns);
                    if columns.has_header() {
                        continue;
                    }
                    columns
                }
            };
            return match update(record, columns, magnitude) {
                Ok(update) => Ok(Some(update)),
                Err(reason) => Err(self.malformed(record.line, reason)),
            };
        }
    }

    fn malformed(&self, line: u64, reason: Reason) -> InputError {
        InputError::Malformed(Malformed { file: self.name.clone(), line, reason })
    }

    fn failure(&self, failure: Failure) -> InputError {
        match failure {
            Failure::OpenQuote { line, last } => self.malformed(line, Reason::OpenQuote { last }),
            Failure::Read(error) if self.compression.is_damage(&error) => {
                let format = self.compression;
                self.malformed(self.records.lines() + 1, Reason::Damaged { format, error: error.to_string() })
            }
            Failure::Read(error) => InputError::Read { file: self.name.clone(), error },
        }
    }
}

/// Parses one line.
fn update(record: &Record, columns: &Columns, magnitude: &mut u64) -> Result<Update, Reason> {
    if record.len() != columns.width() {
        return Err(Reason::Width { expected: columns.width(), found: record.len() });
    }
    let time = match &columns.time {
        Some(column) => columns::number(record.get(column.index))
            .map_err(|(text, error)| Reason::number("time", &text, NumberError::of_time(&error, &text)))?,
        None => 0,
    };
    let diff: i64 = match &columns.diff {
        Some(column) => columns::number(record.get(column.index))
            .map_err(|(text, error)| Reason::number("difference", &text, NumberError::of_diff(&error)))?,
        None => 1,
    };
    let text = |role, column: &columns::Column| {
        String::from_utf8(record.get(column.index).to_vec())
            .map_err(|error| Reason::Utf8 { role, byte: error.utf8_error().valid_up_to() })
    };
    let data = (text("key", &columns.key)?, text("val", &columns.val)?);
    let sum = magnitude.checked_add(diff.unsigned_abs()).filter(|sum| *sum <= i64::MAX as u64);
    *magnitude = sum.ok_or(Reason::Magnitude)?;
    Ok((data, time, diff))
}

#[cfg(test)]
mod tests;
