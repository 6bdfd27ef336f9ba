//! A stream of updates kept in memory, to be played to one backend after another.

use crate::index::Update;

/// Updates in the order in which they came, their text in one piece.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    text: String,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    key_end: usize,
    val_end: usize,
    time: u64,
    diff: i64,
}

impl Recording {
    /// Appends updates.
    pub(crate) fn record(&mut self, updates: &[Update]) {
        for ((key, val), time, diff) in updates {
            self.text.push_str(key);
            let key_end = self.text.len();
            self.text.push_str(val);
            self.rows.push(Row { key_end, val_end: self.text.len(), time: *time, diff: *diff });
        }
    }

    /// The number of updates.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The key of an update.
    pub(crate) fn key(&self, index: usize) -> &str {
        &self.text[self.start(index)..self.rows[index].key_end]
    }

    /// Appends copies of up to `len` updates, from the one at `index` on.
    pub(crate) fn play(&self, index: usize, len: usize, updates: &mut Vec<Update>) {
        for index in index..self.rows.len().min(index + len) {
            let Row { key_end, val_end, time, diff } = self.rows[index];
            let data = (self.key(index).to_owned(), self.text[key_end..val_end].to_owned());
            updates.push((data, time, diff));
        }
    }

    fn start(&self, index: usize) -> usize {
        if index == 0 { 0 } else { self.rows[index - 1].val_end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_recorded_is_played() {
        let update = |key: &str, val: &str, time, diff| ((key.to_owned(), val.to_owned()), time, diff);
        let updates = vec![update("a", "b", 0, 1), update("", "", 7, -3), update("é", "x", 1, 2)];
        let mut recording = Recording::default();
        recording.record(&updates[..1]);
        recording.record(&updates[1..]);
        let mut played = Vec::new();
        recording.play(0, 2, &mut played);
        recording.play(2, 2, &mut played);
        assert_eq!(played, updates);
        assert_eq!((recording.len(), recording.key(1), recording.key(2)), (3, "", "é"));
    }
}
