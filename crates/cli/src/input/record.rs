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
    /// Where each field starts and ends.
    fields: Vec<(usize, usize)>,
    /// The line it starts on, counted from 1.
    pub(crate) line: u64,
}

impl Record {
    /// The number of fields.
    pub(crate) fn len(&self) -> usize {
        self.fields.len()
    }

    /// A field.
    pub(crate) fn get(&self, index: usize) -> &[u8] {
        let (start, end) = self.fields[index];
        &self.text[start..end]
    }

    /// All fields.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.fields.iter().map(|(start, end)| &self.text[*start..*end])
    }

    /// Fills the record with a line without quotes, which is left with the record's former text.
    fn split(&mut self, line: &mut Vec<u8>, delimiter: u8) {
        std::mem::swap(&mut self.text, line);
        let end = self.text.len() - if self.text.ends_with(b"\r\n") { 2 } else { 1 };
        self.fields.clear();
        let mut start = 0;
        for at in memchr::memchr_iter(delimiter, &self.text[..end]) {
            self.fields.push((start, at));
            start = at + 1;
        }
        self.fields.push((start, end));
    }
}

#[cfg(test)]
impl<const N: usize> From<[&str; N]> for Record {
    fn from(fields: [&str; N]) -> Self {
        let mut record = Record { line: 1, ..Record::default() };
        for field in fields {
            let start = record.text.len();
            record.text.extend_from_slice(field.as_bytes());
            record.fields.push((start, record.text.len()));
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
    /// Known from the first line on.
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
        Records { reader, delimiter, line: Vec::new(), lines: 0, blank_lines: 0, record: Record::default() }
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
            if self.line != b"\n" && self.line != b"\r\n" {
                break;
            }
            self.blank_lines += 1;
        }
        self.record.line = self.lines;
        let line = &self.line;
        let detect = || if line.contains(&b'\t') { b'\t' } else { b',' };
        let delimiter = *self.delimiter.get_or_insert_with(detect);
        if delimiter == b'\t' || !self.line.contains(&b'"') {
            self.record.split(&mut self.line, delimiter);
        } else {
            self.parse(delimiter)?;
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

    /// Fills the record from the line, and as many further ones as a quoted field takes in.
    fn parse(&mut self, delimiter: u8) -> Result<(), Failure> {
        // Made anew for each record, which costs little beside a line with quotes.
        let mut parser =
            csv_core::ReaderBuilder::new().delimiter(delimiter).terminator(Terminator::Any(b'\n')).build();
        let (mut text_len, mut ends, mut ends_len) = (0, vec![0; 16], 0);
        let text = &mut self.record.text;
        let mut input = self.line.as_slice();
        loop {
            // No text is longer than its line, so that this grows it once for each line.
            text.resize(text.len().max(text_len + input.len()), 0);
            let (result, read, written, fields) =
                parser.read_record(input, &mut text[text_len..], &mut ends[ends_len..]);
            input = &input[read..];
            text_len += written;
            ends_len += fields;
            match result {
                ReadRecordResult::Record => break,
                ReadRecordResult::OutputFull => text.resize(2 * text.len() + 1, 0),
                ReadRecordResult::OutputEndsFull => ends.resize(2 * ends.len(), 0),
                // All of the line was taken in without an end of the record: its LF is inside quotes.
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            }
        }
        Ok(())
    }
}
