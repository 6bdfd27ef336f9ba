//! From bytes to lines, and from lines to fields.
//!
//! The parser is fed one line at a time, so that the line of every record is known, blank lines are seen, and a quote
//! that is never closed is told from a field that ends with the file.

use csv_core::{ReadRecordResult, Terminator};
use std::io::{self, BufRead};

/// The fields of one record.
#[derive(Debug, Default)]
pub(crate) struct Record {
    text: Vec<u8>,
    ends: Vec<usize>,
    /// The fields in use: `ends` may be longer.
    len: usize,
    /// The line it starts on, counted from 1.
    pub(crate) line: u64,
}

impl Record {
    /// The number of fields.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// A field.
    pub(crate) fn get(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start..self.ends[index]]
    }

    /// All fields.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len).map(|index| self.get(index))
    }
}

#[cfg(test)]
impl<const N: usize> From<[&str; N]> for Record {
    fn from(fields: [&str; N]) -> Self {
        let mut record = Record { len: N, line: 1, ..Record::default() };
        for field in fields {
            record.text.extend_from_slice(field.as_bytes());
            record.ends.push(record.text.len());
        }
        record
    }
}

/// Why there is no next record.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Reading failed.
    Read(io::Error),
    /// A quote opened in a record that starts on `line` is not closed by the end of the file, the line `last`.
    OpenQuote { line: u64, last: u64 },
}

/// Reads records.
pub(crate) struct Records<R> {
    reader: R,
    /// Made with the first line, which may have to tell the delimiter.
    parser: Option<csv_core::Reader>,
    delimiter: Option<u8>,
    line: Vec<u8>,
    lines: u64,
    blank_lines: u64,
    record: Record,
}

impl<R: BufRead> Records<R> {
    /// The records of `reader`, whose fields are separated by tabs if the first line has any and by commas otherwise,
    /// unless `delimiter` says by what.
    pub(crate) fn new(reader: R, delimiter: Option<u8>) -> Self {
        Records {
            reader,
            parser: None,
            delimiter,
            line: Vec::new(),
            lines: 0,
            blank_lines: 0,
            record: Record::default(),
        }
    }

    /// The lines read.
    pub(crate) fn lines(&self) -> u64 {
        self.lines
    }

    /// Those of them that were blank where a record could start.
    pub(crate) fn blank_lines(&self) -> u64 {
        self.blank_lines
    }

    /// The record read last.
    pub(crate) fn record(&self) -> &Record {
        &self.record
    }

    /// Reads the next record, `false` at the end.
    pub(crate) fn read(&mut self) -> Result<bool, Failure> {
        loop {
            if !self.read_line()? {
                return Ok(false);
            }
            if self.line == b"\n" || self.line == b"\r\n" {
                self.blank_lines += 1;
                continue;
            }
            break;
        }
        self.record.line = self.lines;
        let (mut text_len, mut ends_len) = (0, 0);
        while !self.parse_line(&mut text_len, &mut ends_len) {
            if !self.read_line()? {
                return Err(Failure::OpenQuote { line: self.record.line, last: self.lines });
            }
        }
        self.record.len = ends_len;
        // The parser ends records at LF only, so that a CR inside a field stays: one before the LF is taken off here.
        let start = if ends_len < 2 { 0 } else { self.record.ends[ends_len - 2] };
        let end = self.record.ends[ends_len - 1];
        if self.line.ends_with(b"\r\n") && end > start && self.record.text[end - 1] == b'\r' {
            self.record.ends[ends_len - 1] -= 1;
        }
        Ok(true)
    }

    /// Reads a line, its LF included, which is added to the last line if it has none. `false` at the end.
    fn read_line(&mut self) -> Result<bool, Failure> {
        self.line.clear();
        if self.reader.read_until(b'\n', &mut self.line).map_err(Failure::Read)? == 0 {
            return Ok(false);
        }
        self.lines += 1;
        if self.lines == 1 && self.line.starts_with(b"\xef\xbb\xbf") {
            self.line.drain(..3);
        }
        if !self.line.ends_with(b"\n") {
            self.line.push(b'\n');
        }
        Ok(true)
    }

    /// Parses the line as the start of a record, or as more of it. `false` if the record goes on with the next line.
    fn parse_line(&mut self, text_len: &mut usize, ends_len: &mut usize) -> bool {
        let line = &self.line;
        let delimiter = &mut self.delimiter;
        let parser = self.parser.get_or_insert_with(|| {
            let detect = || if line.contains(&b'\t') { b'\t' } else { b',' };
            let delimiter = *delimiter.get_or_insert_with(detect);
            csv_core::ReaderBuilder::new()
                .delimiter(delimiter)
                .quoting(delimiter != b'\t')
                .terminator(Terminator::Any(b'\n'))
                .build()
        });
        let Record { text, ends, .. } = &mut self.record;
        // No field is longer than the line, so only a record of several lines or of many fields grows twice.
        text.resize(text.len().max(*text_len + line.len()), 0);
        ends.resize(ends.len().max(8), 0);
        let mut input = line.as_slice();
        loop {
            let (result, input_len, output_len, fields) =
                parser.read_record(input, &mut text[*text_len..], &mut ends[*ends_len..]);
            input = &input[input_len..];
            *text_len += output_len;
            *ends_len += fields;
            match result {
                ReadRecordResult::Record => return true,
                ReadRecordResult::OutputFull => text.resize(2 * text.len() + 1, 0),
                ReadRecordResult::OutputEndsFull => ends.resize(2 * ends.len() + 1, 0),
                // All of the line was taken in without an end of the record: its LF is inside quotes.
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return false,
            }
        }
    }
}
