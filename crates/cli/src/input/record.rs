//! From bytes to lines, and from lines to fields.
//!
//! Lines without quotes are split where the delimiter stands. The others go to a parser that is fed one line
//! at a time, so that the line of every record is known, blank lines are seen, and a quote that is never
//! closed is told from a field that ends with the file.

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
    /// A quote opened in a record that starts on `line` is not closed by the end of the file, the line
    /// `last`.
    OpenQuote { line: u64, last: u64 },
}

/// Reads records.
pub(crate) struct Records<R> {
    reader: R,
    /// Known from the first line on.
    delimiter: Option<u8>,
    /// Made for the first line with quotes.
    parser: Option<Box<csv_core::Reader>>,
    /// Where the parser writes the ends of fields.
    ends: Vec<usize>,
    line: Vec<u8>,
    lines: u64,
    blank_lines: u64,
    record: Record,
}

impl<R: BufRead> Records<R> {
    /// The records of `reader`, whose fields are separated by tabs if the first line has any and by commas
    /// otherwise, unless `delimiter` says by what.
    pub(crate) fn new(reader: R, delimiter: Option<u8>) -> Self {
        Records {
            reader,
            delimiter,
            parser: None,
            ends: Vec::new(),
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

    /// Fills the record from the line, and from as many further ones as a quoted field takes in.
    fn parse(&mut self, delimiter: u8) -> Result<(), Failure> {
        let (mut text_len, mut ends_len) = (0, 0);
        while !self.parse_line(delimiter, &mut text_len, &mut ends_len) {
            if !self.read_line()? {
                return Err(Failure::OpenQuote { line: self.record.line, last: self.lines });
            }
        }
        let Record { text, fields, .. } = &mut self.record;
        fields.clear();
        let mut start = 0;
        for &end in &self.ends[..ends_len] {
            fields.push((start, end));
            start = end;
        }
        // The parser ends records at LF only, so that a CR inside a field stays: one before that LF is taken
        // off here.
        if let Some((start, end)) = fields.last_mut()
            && self.line.ends_with(b"\r\n")
            && text[*start..*end].ends_with(b"\r")
        {
            *end -= 1;
        }
        Ok(())
    }

    /// Parses the line as the start of a record, or as more of it. `false` if the record goes on with the
    /// next line.
    fn parse_line(&mut self, delimiter: u8, text_len: &mut usize, ends_len: &mut usize) -> bool {
        let parser = self.parser.get_or_insert_with(|| {
            let lines = Terminator::Any(b'\n');
            Box::new(csv_core::ReaderBuilder::new().delimiter(delimiter).terminator(lines).build())
        });
        let (text, ends) = (&mut self.record.text, &mut self.ends);
        // What comes out of a line is not longer than it.
        text.resize(text.len().max(*text_len + self.line.len()), 0);
        ends.resize(ends.len().max(16), 0);
        let mut input = self.line.as_slice();
        loop {
            let (result, read, written, fields) =
                parser.read_record(input, &mut text[*text_len..], &mut ends[*ends_len..]);
            input = &input[read..];
            *text_len += written;
            *ends_len += fields;
            match result {
                ReadRecordResult::Record => return true,
                ReadRecordResult::OutputFull => text.resize(2 * text.len() + 1, 0),
                ReadRecordResult::OutputEndsFull => ends.resize(2 * ends.len(), 0),
                // All of the line was taken in without an end of the record: its LF is inside quotes.
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The records of an input, each with its line, or the failure that ends them.
    fn records(input: &[u8], delimiter: Option<u8>) -> (Vec<(u64, Vec<String>)>, Option<(u64, u64)>, u64) {
        let mut records = Records::new(input, delimiter);
        let mut all = Vec::new();
        let failure = loop {
            match records.read() {
                Ok(true) => {
                    let record = records.record();
                    let fields = record.iter().map(|field| String::from_utf8(field.to_vec()).unwrap());
                    all.push((record.line, fields.collect()));
                }
                Ok(false) => break None,
                Err(Failure::OpenQuote { line, last }) => break Some((line, last)),
                Err(Failure::Read(error)) => panic!("{error}"),
            }
        };
        (all, failure, records.blank_lines())
    }

    /// The fields of an input that has only whole records.
    fn fields(input: &str, delimiter: Option<u8>) -> Vec<Vec<String>> {
        let (all, failure, _) = records(input.as_bytes(), delimiter);
        assert_eq!(failure, None);
        all.into_iter().map(|(_, fields)| fields).collect()
    }

    #[test]
    fn the_first_line_tells_the_delimiter() {
        assert_eq!(fields("a\tb,c\nd,e\tf\n", None), [["a", "b,c"], ["d,e", "f"]]);
        assert_eq!(fields("a,b\nc,d\te\n", None), [["a", "b"], ["c", "d\te"]]);
        assert_eq!(fields("a,b;c\nd;e,f\n", Some(b';')), [["a,b", "c"], ["d", "e,f"]]);
    }

    #[test]
    fn lines_end_in_lf_or_crlf_or_the_file() {
        let expected = [["a", "b"], ["c", "d"]];
        for input in ["a,b\nc,d\n", "a,b\r\nc,d\r\n", "a,b\nc,d", "\u{feff}a,b\r\nc,d"] {
            assert_eq!(fields(input, None), expected, "{input:?}");
        }
        let quoted = ["\"a\",b\n\"c\",d\n", "\"a\",\"b\"\r\nc,\"d\"\r\n", "\u{feff}\"a\",b\nc,\"d\""];
        for input in quoted {
            assert_eq!(fields(input, None), expected, "{input:?}");
        }
        assert_eq!(
            fields("a\rb,c\n\"d\re\",f\n\"g\",\"h\r\"\n", None),
            [["a\rb", "c"], ["d\re", "f"], ["g", "h\r"]]
        );
    }

    #[test]
    fn quotes_hold_fields_together_unless_tabs_separate_them() {
        assert_eq!(fields("\"a,b\",\"c\"\"d\"\n", None), [["a,b", "c\"d"]]);
        assert_eq!(fields("\"a\nb\",c\nd,e\n", None), [["a\nb", "c"], ["d", "e"]]);
        assert_eq!(fields("a\"b,c\n", None), [["a\"b", "c"]]);
        assert_eq!(fields("\"a\tb\n", None), [["\"a", "b"]]);
        let many = format!("\"a\"{}\n", ",b".repeat(40));
        assert_eq!(fields(&many, None)[0].len(), 41);
    }

    #[test]
    fn lines_are_counted_blank_or_not() {
        let (all, failure, blank) = records(b"\na,b\n\r\n\"c\n\nd\",e\n\n\nf,g\n\n", None);
        assert_eq!(failure, None);
        assert_eq!(all.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 4, 9]);
        assert_eq!(all[1].1, ["c\n\nd", "e"]);
        assert_eq!(blank, 5);
    }

    #[test]
    fn empty_fields_are_fields() {
        assert_eq!(fields("\t\t\n", None), [["", "", ""]]);
        assert_eq!(fields(",\n\"\",\n", None), [["", ""], ["", ""]]);
        assert_eq!(records(b"", None), (vec![], None, 0));
    }

    #[test]
    fn a_quote_that_is_not_closed_is_found() {
        let (all, failure, _) = records(b"a,b\nc,\"d\ne,f\n", None);
        assert_eq!(all.len(), 1);
        assert_eq!(failure, Some((2, 3)));
    }
}
