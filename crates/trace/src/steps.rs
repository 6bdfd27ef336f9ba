//! In what order the cursors of a list step, planned for many steps at once.

use std::hint::select_unpredictable;

/// The mark of a cursor that is at the same item as the one before it.
const SAME: u16 = 1 << 15;
/// A plan tells fewer cursors apart.
pub(crate) const MOST_CURSORS: usize = SAME as usize;

/// A plan of steps: for each item to come, in order, the cursors that have it.
///
/// A plan is made of words that order as items do. It names cursors only, and no positions: each cursor goes through
/// its items in turn, so that the next time it is named is its next item.
#[derive(Clone, Debug, Default)]
pub(crate) struct Steps {
    plan: Vec<u16>,
    next: usize,
    /// The words of the items to plan, in order, and their cursors.
    words: Vec<u64>,
    cursors: Vec<u16>,
    /// Where the next list is merged into.
    merged_words: Vec<u64>,
    merged_cursors: Vec<u16>,
}

impl Steps {
    /// Forgets the plan.
    pub(crate) fn clear(&mut self) {
        self.plan.clear();
        self.next = 0;
        self.words.clear();
        self.cursors.clear();
    }

    /// Whether no steps are left.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.next == self.plan.len()
    }

    /// Adds the words of a cursor's next items, which ascend, to a plan in the making: best called for short lists
    /// first.
    pub(crate) fn add(&mut self, cursor: usize, added: &[u64]) {
        let cursor = cursor as u16;
        let Steps { words, cursors, merged_words, merged_cursors, .. } = self;
        if words.is_empty() {
            words.extend_from_slice(added);
            cursors.resize(added.len(), cursor);
            return;
        }
        let total = words.len() + added.len();
        merged_words.resize(total, 0);
        merged_cursors.resize(total, 0);
        let (out_words, out_cursors) = (&mut merged_words[..total], &mut merged_cursors[..total]);
        let (mut i, mut j, mut out) = (0, 0, 0);
        // No branch depends on a comparison, as items of different cursors follow each other at random.
        while i < words.len() && j < added.len() {
            let second = added[j] < words[i];
            out_words[out] = select_unpredictable(second, added[j], words[i]);
            out_cursors[out] = select_unpredictable(second, cursor, cursors[i]);
            i += !second as usize;
            j += second as usize;
            out += 1;
        }
        let rest = words.len() - i;
        out_words[out..out + rest].copy_from_slice(&words[i..]);
        out_cursors[out..out + rest].copy_from_slice(&cursors[i..]);
        out_words[out + rest..].copy_from_slice(&added[j..]);
        out_cursors[out + rest..].fill(cursor);
        std::mem::swap(words, merged_words);
        std::mem::swap(cursors, merged_cursors);
    }

    /// Completes the plan of items whose words are equal only if they are.
    pub(crate) fn finish_exact(&mut self) {
        let Steps { plan, words, cursors, .. } = self;
        plan.extend(cursors.iter().take(1));
        let pairs = words.iter().zip(&words[words.len().min(1)..]);
        plan.extend(
            pairs
                .zip(cursors.iter().skip(1))
                .map(|((last, word), cursor)| cursor | select_unpredictable(last == word, SAME, 0)),
        );
        words.clear();
        cursors.clear();
    }

    /// Completes the plan of items of which `compare` orders those with equal words, each given by its cursor and how many
    /// of that cursor's items come before it. There are `most` cursors.
    pub(crate) fn finish_by(
        &mut self,
        most: usize,
        compare: impl Fn((usize, usize), (usize, usize)) -> std::cmp::Ordering,
    ) {
        let Steps { plan, words, cursors, .. } = self;
        let mut seen = vec![0; most];
        let mut tied: Vec<(usize, usize)> = Vec::new();
        let mut rest = &cursors[..];
        for run in words.chunk_by(|a, b| a == b) {
            let (run, after) = rest.split_at(run.len());
            rest = after;
            tied.clear();
            for &cursor in run {
                let cursor = cursor as usize;
                tied.push((cursor, seen[cursor]));
                seen[cursor] += 1;
            }
            tied.sort_by(|a, b| compare(*a, *b));
            let mut last = None;
            for &item in &tied {
                let same = last.replace(item).is_some_and(|last| compare(last, item).is_eq());
                plan.push(item.0 as u16 | if same { SAME } else { 0 });
            }
        }
        words.clear();
        cursors.clear();
    }

    /// Takes the cursors at the next item, of which there must be one.
    #[inline]
    pub(crate) fn take(&mut self, cursors: &mut Vec<usize>) {
        let rest = &self.plan[self.next..];
        cursors.push(rest[0] as usize);
        self.next += 1;
        for &step in rest[1..].iter().take_while(|step| **step & SAME != 0) {
            cursors.push((step & !SAME) as usize);
            self.next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(mut steps: Steps) -> Vec<Vec<usize>> {
        let mut groups = Vec::new();
        while !steps.is_empty() {
            let mut group = Vec::new();
            steps.take(&mut group);
            groups.push(group);
        }
        groups
    }

    #[test]
    fn equal_words_are_one_item_where_words_are_exact() {
        let mut steps = Steps::default();
        steps.add(2, &[3]);
        steps.add(0, &[1, 3, 9]);
        steps.add(1, &[0, 1, 2, u64::MAX]);
        steps.finish_exact();
        assert_eq!(taken(steps), [vec![1], vec![0, 1], vec![1], vec![2, 0], vec![0], vec![1]]);
    }

    #[test]
    fn items_of_equal_words_are_compared_where_words_are_not() {
        let items = [vec!["aa", "ab", "b"], vec!["ab", "ac"]];
        let word = |item: &str| item.as_bytes()[0] as u64;
        let mut steps = Steps::default();
        for (cursor, items) in items.iter().enumerate() {
            steps.add(cursor, &items.iter().map(|item| word(item)).collect::<Vec<_>>());
        }
        steps.finish_by(2, |a, b| items[a.0][a.1].cmp(items[b.0][b.1]));
        assert_eq!(taken(steps), [vec![0], vec![0, 1], vec![1], vec![0]]);
    }
}
