//! In what order the cursors of a list step, planned for many steps at once.

use std::hint::select_unpredictable;

/// The mark of a cursor that is at the same item as the one before it.
const SAME: u16 = 1 << 15;
/// A plan tells fewer cursors apart.
pub(crate) const MOST_CURSORS: usize = SAME as usize;

/// Cursors at the same item. Mostly it is one, which takes no look at a list.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// [`NOBODY`] in an empty group.
    first: usize,
    others: Vec<usize>,
}

/// No cursor.
const NOBODY: usize = usize::MAX;

impl Default for Group {
    fn default() -> Self {
        Group { first: NOBODY, others: Vec::new() }
    }
}

impl Group {
    #[inline(always)]
    pub(crate) fn clear(&mut self) {
        self.first = NOBODY;
        self.others.clear();
    }

    /// Makes this the same as another, without allocating anew.
    pub(crate) fn copy_from(&mut self, other: &Group) {
        self.first = other.first;
        self.others.clone_from(&other.others);
    }

    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.first == NOBODY
    }

    #[inline(always)]
    pub(crate) fn first(&self) -> Option<usize> {
        (self.first != NOBODY).then_some(self.first)
    }

    /// The only one, if it is one.
    #[inline(always)]
    pub(crate) fn only(&self) -> Option<usize> {
        (self.first != NOBODY && self.others.is_empty()).then_some(self.first)
    }

    #[inline]
    pub(crate) fn push(&mut self, cursor: usize) {
        if self.is_empty() {
            self.first = cursor;
        } else {
            self.others.push(cursor);
        }
    }

    #[inline(always)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        self.first().into_iter().chain(self.others.iter().copied())
    }
}

/// A plan of steps: for each item to come, in order, the cursors that have it.
///
/// A plan is made of words that order as items do. It names cursors only, and no positions: each cursor goes through
/// its items in turn, so that the next time it is named is its next item.
#[derive(Clone, Debug, Default)]
pub(crate) struct Steps {
    plan: Vec<u16>,
    next: usize,
    /// How many items are to be planned: what the buffers below hold beyond that is left over from other plans.
    len: usize,
    /// The words of these items, in order, and their cursors.
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
        self.len = 0;
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
        let total = self.len + added.len();
        if self.words.len() < total {
            self.words.resize(2 * total, 0);
            self.merged_words.resize(2 * total, 0);
            self.cursors.resize(2 * total, 0);
            self.merged_cursors.resize(2 * total, 0);
        }
        let (words, cursors) = (&self.words[..self.len], &self.cursors[..self.len]);
        let (out_words, out_cursors) = (&mut self.merged_words[..total], &mut self.merged_cursors[..total]);
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
        self.len = total;
        std::mem::swap(&mut self.words, &mut self.merged_words);
        std::mem::swap(&mut self.cursors, &mut self.merged_cursors);
    }

    /// Completes the plan of items whose words are equal only if they are.
    pub(crate) fn finish_exact(&mut self) {
        let Steps { plan, len, words, cursors, .. } = self;
        let (words, cursors) = (&words[..*len], &cursors[..*len]);
        plan.extend(cursors.iter().take(1));
        let pairs = words.iter().zip(&words[words.len().min(1)..]);
        plan.extend(
            pairs
                .zip(cursors.iter().skip(1))
                .map(|((last, word), cursor)| cursor | select_unpredictable(last == word, SAME, 0)),
        );
        self.len = 0;
    }

    /// Completes the plan of items of which `compare` orders those with equal words, each given by its cursor and how many
    /// of that cursor's items come before it. There are `most` cursors.
    pub(crate) fn finish_by(
        &mut self,
        most: usize,
        compare: impl Fn((usize, usize), (usize, usize)) -> std::cmp::Ordering,
    ) {
        let Steps { plan, len, words, cursors, .. } = self;
        let (words, cursors) = (&words[..*len], &cursors[..*len]);
        let mut seen = vec![0; most];
        let mut tied: Vec<(usize, usize)> = Vec::new();
        let mut rest = cursors;
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
        self.len = 0;
    }

    /// Replaces a group by the cursors at the next item, of which there must be one.
    #[inline(always)]
    pub(crate) fn take(&mut self, group: &mut Group) {
        group.clear();
        group.first = self.plan[self.next] as usize;
        self.next += 1;
        while let Some(step) = self.plan.get(self.next)
            && step & SAME != 0
        {
            group.others.push((step & !SAME) as usize);
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
            let mut group = Group::default();
            steps.take(&mut group);
            groups.push(group.iter().collect());
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
