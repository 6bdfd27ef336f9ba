//! In what order the cursors of a list step, planned for many steps at once.

use std::cmp::Ordering;

/// A plan tells no more cursors apart.
pub(crate) const MOST_CURSORS: usize = 1 << 16;
/// How many vals of a key are ranked, at most: each is compared with every other.
const RANKED: usize = 64;
/// How many words a rank is counted among at once.
const COUNTED: usize = 4;

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

    /// Has only one cursor.
    #[inline(always)]
    pub(crate) fn set(&mut self, cursor: usize) {
        self.first = cursor;
        self.others.clear();
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

    /// As a loop over [`iter`](Group::iter), in fewer instructions.
    #[inline(always)]
    pub(crate) fn for_each(&self, mut logic: impl FnMut(usize)) {
        let (mut cursor, mut others) = (self.first, self.others.iter());
        while cursor != NOBODY {
            logic(cursor);
            cursor = others.next().copied().unwrap_or(NOBODY);
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
///
/// ```text
/// 63           0   a step: its lowest bits are the cursor, as many as cursors need; the others are the item's word,
/// wwww .. www ccc  less the least of all and without its lowest bits if it is too wide, or else a number of the item
/// ```
///
/// Steps so are plain numbers, and what cursors have is merged as such.
#[derive(Clone, Debug, Default)]
pub(crate) struct Steps {
    steps: Vec<u64>,
    next: usize,
    /// The bits of a step that are its cursor.
    mask: u64,
    /// Words to make a plan of: those of each cursor in turn, which ascend.
    words: Vec<u64>,
    /// The cursors, each with where its words end.
    members: Vec<(usize, usize)>,
    /// Where runs of steps begin that are still to be merged.
    runs: Vec<usize>,
    merged: Vec<u64>,
}

impl Steps {
    /// Forgets the plan.
    pub(crate) fn clear(&mut self) {
        self.steps.clear();
        self.words.clear();
        self.members.clear();
        self.next = 0;
    }

    /// Whether no steps are left.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.next == self.steps.len()
    }

    /// Whether there was a plan, of which no steps are left.
    pub(crate) fn is_used_up(&self) -> bool {
        self.is_empty() && !self.steps.is_empty()
    }

    /// Adds to a plan in the making the words of a cursor's next items, which ascend and which `append` appends: best called
    /// for short lists first.
    pub(crate) fn add<X>(&mut self, cursor: usize, append: impl FnOnce(&mut Vec<u64>) -> X) -> X {
        let appended = append(&mut self.words);
        self.members.push((cursor, self.words.len()));
        appended
    }

    /// Completes the plan by exact words, of which those beyond `limit` are left out. There are `cursors` cursors.
    pub(crate) fn finish_exact(&mut self, limit: u64, cursors: usize) {
        let Some(bits) = self.merge_words(limit, cursors) else { return };
        let mut starts = vec![0; cursors];
        for (&(_, before), &(cursor, _)) in self.members.iter().zip(&self.members[1..]) {
            starts[cursor] = before;
        }
        let Steps { steps, words, .. } = self;
        let word = |item: (usize, usize)| words[starts[item.0] + item.1];
        order_ties(steps, bits, cursors, |a, b| word(a).cmp(&word(b)));
    }

    /// Completes the plan. There are `cursors` cursors. `compare` orders items of which words don't tell, each given by its
    /// cursor and how many of that cursor's items come before it.
    pub(crate) fn finish_lossy(
        &mut self,
        cursors: usize,
        compare: impl Fn((usize, usize), (usize, usize)) -> Ordering,
    ) {
        self.merge_words(u64::MAX, cursors);
        order_ties(&mut self.steps, self.mask.count_ones(), cursors, compare);
    }

    /// Makes steps of the words up to a limit, in order. Returns how many bits of a step are its cursor if words lost some
    /// to it.
    fn merge_words(&mut self, limit: u64, cursors: usize) -> Option<u32> {
        let Steps { steps, mask, words, members, runs, merged, .. } = self;
        let bits = usize::BITS - cursors.saturating_sub(1).leading_zeros();
        *mask = (1 << bits) - 1;
        let (mut start, mut least, mut greatest) = (0, u64::MAX, 0);
        for &(_, end) in members.iter() {
            if let [first, ..] = words[start..end] {
                (least, greatest) = (least.min(first), greatest.max(words[end - 1]));
            }
            start = end;
        }
        greatest = greatest.min(limit);
        let width = u64::BITS - greatest.saturating_sub(least).leading_zeros();
        let lost = (width + bits).saturating_sub(u64::BITS);
        start = 0;
        for &(cursor, end) in members.iter() {
            let mut run = steps.len();
            let step = |word: &u64| (word - least) >> lost << bits | cursor as u64;
            let within = words[start..end].partition_point(|&word| word <= limit);
            steps.extend(words[start..start + within].iter().map(step));
            start = end;
            // Runs are merged with such as are as long, so that no step is merged more often than need be.
            while let Some(before) = runs.pop_if(|before| run - *before <= steps.len() - run) {
                merge(steps, before, run, merged);
                run = before;
            }
            runs.push(run);
        }
        while let Some(run) = runs.pop()
            && let Some(&before) = runs.last()
        {
            merge(steps, before, run, merged);
        }
        (lost > 0).then_some(bits)
    }

    /// Replaces a group by the cursors at the next item, of which there must be one.
    #[inline(always)]
    pub(crate) fn take(&mut self, group: &mut Group) {
        let first = self.steps[self.next];
        self.next += 1;
        group.set((first & self.mask) as usize);
        if self.steps.get(self.next).is_some_and(|step| step ^ first <= self.mask) {
            self.take_others(first, group);
        }
    }

    /// Puts back what was [taken](Steps::take) last.
    pub(crate) fn put_back(&mut self, group: &Group) {
        self.next -= group.iter().count();
    }

    /// The cursors of all steps that are left, of which then none are.
    #[inline(always)]
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = usize> {
        let Steps { steps, next, mask, .. } = self;
        let rest = &steps[*next..];
        *next = steps.len();
        rest.iter().map(|step| (step & *mask) as usize)
    }

    /// Adds to a group the other cursors at the item of a step.
    #[inline(never)]
    fn take_others(&mut self, first: u64, group: &mut Group) {
        let rest = self.steps[self.next..].iter().take_while(|&step| step ^ first <= self.mask);
        let taken = group.others.len();
        group.others.extend(rest.map(|step| (step & self.mask) as usize));
        self.next += group.others.len() - taken;
    }
}

/// Merges the last run of steps, which begins at `start`, with the one before, which begins at `before`.
///
/// No branch depends on a comparison, as the steps of different cursors follow each other at random.
fn merge(steps: &mut [u64], before: usize, start: usize, first: &mut Vec<u64>) {
    let steps = &mut steps[before..];
    first.clear();
    first.extend_from_slice(&steps[..start - before]);
    // What is merged never reaches what is yet to be read of the second run, whose rest is in its place at last.
    let (mut i, mut j) = (0, first.len());
    while i < first.len() && j < steps.len() {
        let (a, b) = (first[i], steps[j]);
        steps[i + j - first.len()] = a.min(b);
        i += (a <= b) as usize;
        j += (b < a) as usize;
    }
    let at = i + j - first.len();
    steps[at..j].copy_from_slice(&first[i..]);
}

/// Puts steps whose words are equal in order, and numbers the items.
fn order_ties(
    steps: &mut [u64],
    bits: u32,
    cursors: usize,
    compare: impl Fn((usize, usize), (usize, usize)) -> Ordering,
) {
    let mask = (1 << bits) - 1;
    let mut seen = vec![0; cursors];
    let mut tied: Vec<(usize, usize)> = Vec::new();
    let mut item = 0;
    for run in steps.chunk_by_mut(|a, b| a ^ b <= mask) {
        if let [step] = run {
            let cursor = *step & mask;
            seen[cursor as usize] += 1;
            item += 1;
            *step = item << bits | cursor;
            continue;
        }
        tied.clear();
        for &mut step in run.iter_mut() {
            let cursor = (step & mask) as usize;
            tied.push((cursor, seen[cursor]));
            seen[cursor] += 1;
        }
        tied.sort_by(|a, b| compare(*a, *b));
        for (at, step) in run.iter_mut().enumerate() {
            item += (at == 0 || compare(tied[at - 1], tied[at]).is_ne()) as u64;
            *step = item << bits | tied[at].0 as u64;
        }
    }
}

/// A plan of steps through a few items, such as the vals of one key.
///
/// Each item is put where the number of lesser ones says. For so few that takes less than to merge, as no comparison waits
/// for another, and how long a list is matters little.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranks {
    /// For each rank which of the members are at the item of that rank, as bits; none, if the item has a lower rank too.
    places: Vec<u64>,
    next: usize,
    /// Cursors that have items, each with where its words end.
    members: Vec<(usize, usize)>,
    words: Vec<u64>,
}

impl Ranks {
    /// Forgets the plan.
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.places.clear();
        self.next = 0;
    }

    /// Whether no steps are left.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.next == self.places.len()
    }

    /// Plans the steps of a group by exact words, which `append` appends for each cursor, and returns whether these are all,
    /// and no more than it is told. Returns `false`, without a plan, if they are not, or if there are too many cursors.
    pub(crate) fn plan(
        &mut self,
        group: &Group,
        mut append: impl FnMut(usize, usize, &mut Vec<u64>) -> bool,
    ) -> bool {
        self.clear();
        let Ranks { places, members, words, .. } = self;
        words.clear();
        members.clear();
        for cursor in group.iter() {
            let before = words.len();
            if members.len() == u64::BITS as usize || !append(cursor, RANKED.saturating_sub(before), words) {
                return false;
            }
            if words.len() > before {
                members.push((cursor, words.len()));
            }
        }
        places.resize(words.len(), 0);
        // No word is greater, so these count for none.
        words.resize(words.len().next_multiple_of(COUNTED), u64::MAX);
        let (blocks, _) = words.as_chunks::<COUNTED>();
        let mut member = 0;
        for (at, &word) in words[..places.len()].iter().enumerate() {
            // One loop over all words, as where those of a cursor end is what no processor can predict.
            member += (at == members[member].1) as usize;
            let less =
                |block: &[u64; COUNTED]| block.iter().map(|&other| (other < word) as usize).sum::<usize>();
            places[blocks.iter().map(less).sum::<usize>()] |= 1 << member;
        }
        while places.pop_if(|place| *place == 0).is_some() {}
        true
    }

    /// The cursor at the next item, if there is one and only one cursor is at it; else nothing is done.
    #[inline(always)]
    pub(crate) fn take_only(&mut self) -> Option<usize> {
        let place = self.places.get(self.next).filter(|place| place.is_power_of_two())?;
        self.next += 1;
        Some(self.members[place.trailing_zeros() as usize].0)
    }

    /// Replaces a group by the cursors at the next item, of which there must be one.
    #[inline(always)]
    pub(crate) fn take(&mut self, group: &mut Group) {
        let mut place = 0;
        while place == 0 {
            place = self.places[self.next];
            self.next += 1;
        }
        let member = |place: u64| self.members[place.trailing_zeros() as usize].0;
        group.set(member(place));
        place &= place - 1;
        while place != 0 {
            group.others.push(member(place));
            place &= place - 1;
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
        let lists: [(usize, &[u64]); 3] = [(2, &[3]), (0, &[1, 3, 9]), (1, &[0, 1, 2, 10])];
        for (most, scale) in [(3, 1), (3, 1 << 58), (1 << 16, 1)] {
            let mut steps = Steps::default();
            for (cursor, words) in lists {
                steps.add(cursor, |list| list.extend(words.iter().map(|word| word * scale)));
            }
            let items = [vec![1], vec![0, 1], vec![1], vec![0, 2], vec![0], vec![1]];
            for (limit, within) in
                [(u64::MAX, 6), (10 * scale, 6), (9 * scale, 5), (8 * scale, 4), (2 * scale, 3)]
            {
                let mut steps = steps.clone();
                steps.finish_exact(limit, most);
                assert_eq!(taken(steps), items[..within]);
            }
        }
    }

    #[test]
    fn items_of_equal_words_are_compared_where_words_are_not_exact() {
        let items = [vec!["aa", "ab", "b"], vec!["ab", "ac"]];
        let mut steps = Steps::default();
        for (cursor, items) in items.iter().enumerate() {
            steps.add(cursor, |list| list.extend(items.iter().map(|item| item.as_bytes()[0] as u64)));
        }
        steps.finish_lossy(2, |a, b| items[a.0][a.1].cmp(items[b.0][b.1]));
        assert_eq!(taken(steps), [vec![0], vec![0, 1], vec![1], vec![0]]);
    }

    #[test]
    fn words_too_wide_for_a_step_are_told_apart() {
        let mut steps = Steps::default();
        steps.add(2, |list| list.extend([2, 3, u64::MAX - 1]));
        steps.add(0, |list| list.extend([3, 4, u64::MAX]));
        steps.finish_exact(u64::MAX, 3);
        assert_eq!(taken(steps), [vec![2], vec![0, 2], vec![0], vec![2], vec![0]]);
    }

    #[test]
    fn ranks_are_the_order_of_words() {
        let lists: [&[u64]; 4] = [&[0, 5, 7, u64::MAX], &[], &[5, 6], &[0, 5, u64::MAX]];
        let mut group = Group::default();
        (0..4).for_each(|cursor| group.push(cursor));
        let mut ranks = Ranks::default();
        assert!(ranks.plan(&group, |cursor, _, words| {
            words.extend(lists[cursor]);
            true
        }));
        let mut items = Vec::new();
        while !ranks.is_empty() {
            let mut group = Group::default();
            ranks.take(&mut group);
            items.push(group.iter().collect::<Vec<_>>());
        }
        assert_eq!(items, [vec![0, 3], vec![0, 2, 3], vec![2], vec![0], vec![0, 3]]);
        assert!(!ranks.plan(&group, |_, most, _| most < RANKED) && ranks.is_empty());
    }
}
