//! Several batches read as one.

use crate::cursor::{Cursor, CursorKeyRef, CursorValRef, SOUGHT, Window, Words};
use crate::owned::IntoOwned;
use crate::steps::{Group, MOST_CURSORS, Ranks, Steps};
use std::cmp::Ordering;

/// After so many steps in a row further ones are planned ahead.
const STEPS_BEFORE_PLAN: usize = 4;
/// How many keys of one cursor the first plan after a seek takes in; each further one takes in twice as many, up to the
/// most. So a short scan does not plan for a long one.
const KEYS_PLANNED_FIRST: usize = 16;
const KEYS_PLANNED_MOST: usize = 256;
/// The same for vals of one key that are too many to be ranked.
const VALS_PLANNED_FIRST: usize = 8;
const VALS_PLANNED_MOST: usize = 256;
/// How many windows of keys that are sought wait for memory at once, as far as that can be kept to.
const WINDOWS: usize = 32;

/// A cursor over several storages that presents their union in order.
///
/// Every update of each storage is visited, so the times of one pair may come from several storages: they may repeat
/// and may sum to zero.
///
/// Steps and seeks each cost little for what they are used for. After a few steps in a row, those to come are planned, some
/// hundreds at once, by words of the keys, where keys have [words](Words): a step then costs the same however many storages there
/// are. Keys without words wait in a heap: a step costs `O(m log n)` comparisons, for the `m` cursors that move of `n`.
/// So it is with the vals of a key that several storages have, but that these are planned at once. A seek asks each cursor
/// once, and has all wait for memory at the same time.
#[derive(Clone, Debug)]
pub struct CursorList<C> {
    cursors: Vec<C>,
    /// Cursors at the least key.
    at_key: Group,
    /// Cursors with a key beyond the least, as `order` says.
    later_keys: Vec<usize>,
    order: Order,
    /// Steps since the last seek, while they are not planned.
    steps: usize,
    can_plan: bool,
    /// How many keys of one cursor the next plan takes in.
    keys_planned: usize,
    key_steps: Steps,
    /// Of those, the ones at the least val. If one cursor is at the least key it is that one, be it at a val or not, and what
    /// follows about vals is not in use.
    at_val: Group,
    /// Of those at the least key, the ones with a val beyond the least, as a heap, unless their steps are planned.
    later_vals: Vec<usize>,
    vals_planned: bool,
    /// The steps through the key's vals, if they are few enough to be ranked.
    val_steps: Ranks,
    /// Else those through the next ones.
    many_val_steps: Steps,
    /// How many vals of one cursor the next such plan takes in.
    many_vals_planned: usize,
    /// Windows of keys that are sought, each with its cursor.
    windows: Vec<(usize, Window)>,
    /// Who is at the least key of all, and who beyond it.
    least: (Group, Vec<usize>),
}

/// How a list knows which key comes next.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Order {
    /// All cursors are at their first keys. Those not at the least are in no order.
    Rewound,
    /// The cursors that are not at the key are at their first beyond, and not listed.
    Beyond,
    /// The cursors with later keys are in no order.
    Loose,
    /// They are a heap.
    Heap,
    /// The steps are planned, and the cursors with later keys not listed.
    Planned,
    /// The cursors that are not at the key are anywhere, and not listed.
    Anywhere,
    /// Each cursor that is not at the key is at its last before, or has none before and is anywhere; the former are a
    /// heap whose greatest key comes first.
    Back,
}

impl Order {
    /// Whether the cursors that are not at the key are at their first beyond.
    fn is_forward(self) -> bool {
        !matches!(self, Order::Anywhere | Order::Back)
    }
}

impl<C: Cursor> CursorList<C> {
    /// One cursor made of many, each with the storage at the same index, and rewound.
    ///
    /// # Panics
    /// If there are not as many storages as cursors.
    pub fn new(cursors: Vec<C>, storage: &[C::Storage]) -> Self {
        assert_eq!(cursors.len(), storage.len(), "a cursor list needs a storage for each cursor");
        let n = cursors.len();
        let mut list = CursorList {
            cursors,
            at_key: Group::default(),
            later_keys: Vec::with_capacity(n),
            order: Order::Loose,
            steps: 0,
            can_plan: n <= MOST_CURSORS,
            keys_planned: KEYS_PLANNED_FIRST,
            key_steps: Steps::default(),
            at_val: Group::default(),
            later_vals: Vec::with_capacity(n),
            vals_planned: false,
            val_steps: Ranks::default(),
            many_val_steps: Steps::default(),
            many_vals_planned: VALS_PLANNED_FIRST,
            windows: Vec::new(),
            least: (Group::default(), Vec::new()),
        };
        for (cursor, storage) in list.cursors.iter_mut().zip(storage) {
            cursor.rewind_keys(storage);
        }
        list.least_of_all(storage);
        list.least = (list.at_key.clone(), list.later_keys.clone());
        list.order = Order::Rewound;
        list.first_vals(storage);
        list
    }

    /// Finds those at the least key, the cursors being anywhere.
    fn least_of_all(&mut self, storage: &[C::Storage]) {
        let CursorList { cursors, at_key, later_keys, .. } = self;
        (self.order, self.steps, self.keys_planned) = (Order::Loose, 0, KEYS_PLANNED_FIRST);
        self.key_steps.clear();
        at_key.clear();
        later_keys.clear();
        for index in 0..cursors.len() {
            let Some(key) = cursors[index].get_key(&storage[index]) else { continue };
            let order = at_key.first().map(|first| {
                C::Key::reborrow(key).cmp(&C::Key::reborrow(cursors[first].key(&storage[first])))
            });
            match order {
                Some(Ordering::Greater) => later_keys.push(index),
                Some(Ordering::Less) => {
                    later_keys.extend(at_key.iter());
                    at_key.clear();
                    at_key.push(index);
                }
                _ => at_key.push(index),
            }
        }
    }

    /// Finds those at the least key, all being at `key` or at their first beyond.
    #[inline]
    fn least_from(&mut self, storage: &[C::Storage], key: CursorKeyRef<'_, Self>) {
        self.at_key.clear();
        let cursors = self.cursors.iter().zip(storage);
        let mut found = cursors.map(|(cursor, storage)| {
            cursor.get_key(storage).is_some_and(|at| C::Key::reborrow(at) == C::Key::reborrow(key))
        });
        // Who has the key can't be foreseen, so a mask of them is made before a branch depends on it.
        for first in (0..self.cursors.len()).step_by(u64::BITS as usize) {
            let here = found.by_ref().take(u64::BITS as usize).enumerate();
            let mut mask = here.fold(0u64, |mask, (index, found)| mask | u64::from(found) << index);
            while mask != 0 {
                self.at_key.push(first + mask.trailing_zeros() as usize);
                mask &= mask - 1;
            }
        }
        if self.at_key.is_empty() {
            return self.least_of_all(storage);
        }
        (self.order, self.steps, self.keys_planned) = (Order::Beyond, 0, KEYS_PLANNED_FIRST);
        self.key_steps.clear();
    }

    /// Steps those at the least key, and finds those at the next.
    #[inline(always)]
    fn next_key(&mut self, storage: &[C::Storage]) {
        if self.order == Order::Planned && !self.key_steps.is_empty() {
            match self.at_key.only() {
                Some(index) => self.cursors[index].step_key(&storage[index]),
                None => self.step_keys(storage),
            }
            self.key_steps.take(&mut self.at_key);
        } else {
            self.next_key_unplanned(storage);
        }
    }

    /// Steps those at the least key.
    #[inline(never)]
    fn step_keys(&mut self, storage: &[C::Storage]) {
        self.at_key.for_each(|index| self.cursors[index].step_key(&storage[index]));
    }

    #[inline(never)]
    fn next_key_unplanned(&mut self, storage: &[C::Storage]) {
        if !self.order.is_forward() {
            self.seek_others(storage);
        }
        self.steps += 1;
        if self.order == Order::Planned || (self.can_plan && self.steps > STEPS_BEFORE_PLAN) {
            self.step_keys(storage);
            self.at_key.clear();
            if self.plan_keys(storage) {
                self.order = Order::Planned;
                if !self.key_steps.is_empty() {
                    self.key_steps.take(&mut self.at_key);
                }
                return;
            }
            self.can_plan = false;
            self.least_of_all(storage);
            return;
        }
        let CursorList { cursors, later_keys, at_key, .. } = self;
        if self.order == Order::Beyond {
            later_keys.clear();
            later_keys.extend((0..cursors.len()).filter(|&index| {
                cursors[index].key_valid(&storage[index]) && !at_key.iter().any(|at| at == index)
            }));
            self.order = Order::Loose;
        }
        if matches!(self.order, Order::Loose | Order::Rewound) {
            let less = |a, b| key_less(cursors, storage, a, b);
            (0..later_keys.len() / 2).rev().for_each(|at| sink_heap(later_keys, at, less));
            self.order = Order::Heap;
        }
        for index in at_key.iter() {
            cursors[index].step_key(&storage[index]);
            if cursors[index].key_valid(&storage[index]) {
                push_heap(later_keys, index, |a, b| key_less(cursors, storage, a, b));
            }
        }
        at_key.clear();
        take_least(later_keys, at_key, |a, b| key_less(cursors, storage, a, b));
    }

    /// Plans steps to come, all cursors being at keys that are to come. Returns `false` if that can't be done.
    fn plan_keys(&mut self, storage: &[C::Storage]) -> bool {
        let most = self.keys_planned;
        self.keys_planned = (2 * most).min(KEYS_PLANNED_MOST);
        let CursorList { cursors, later_keys: sources, key_steps: steps, .. } = self;
        steps.clear();
        sources.clear();
        let key = |index: usize, ahead: usize| cursors[index].key_ahead(&storage[index], ahead);
        // Keys beyond the last one looked at of a cursor that has more can't be ordered yet.
        let (mut least, mut end) = (None, None);
        for index in 0..cursors.len() {
            match cursors[index].keys_ahead(&storage[index]) {
                None => return false,
                Some(0) => {}
                Some(ahead) => {
                    sources.push(index);
                    let first = key(index, 0);
                    if least.is_none_or(|least| C::Key::reborrow(first) < C::Key::reborrow(least)) {
                        least = Some(first);
                    }
                    let last = (ahead > most).then(|| key(index, most - 1));
                    if let Some(last) = last
                        && end.is_none_or(|end| C::Key::reborrow(last) < C::Key::reborrow(end))
                    {
                        end = Some(last);
                    }
                }
            }
        }
        // How many keys of each come before the end or at it; the greatest of them.
        let mut greatest = end;
        let mut counts = Vec::with_capacity(sources.len());
        for &index in sources.iter() {
            let ahead = cursors[index].keys_ahead(&storage[index]).unwrap_or(0).min(most);
            let count = match end {
                None => ahead,
                Some(end) => {
                    let (mut lo, mut hi) = (0, ahead);
                    while lo < hi {
                        let middle = (lo + hi) / 2;
                        let before = C::Key::reborrow(key(index, middle)) <= C::Key::reborrow(end);
                        (lo, hi) = if before { (middle + 1, hi) } else { (lo, middle) };
                    }
                    lo
                }
            };
            if end.is_none()
                && let Some(last) = count.checked_sub(1).map(|last| key(index, last))
                && greatest.is_none_or(|greatest| C::Key::reborrow(greatest) < C::Key::reborrow(last))
            {
                greatest = Some(last);
            }
            counts.push((count, index));
        }
        let Some((least, greatest)) = least.zip(greatest) else { return true };
        let depth = C::shared_prefix(least, greatest);
        let mut kind = Words::Exact;
        for &(count, index) in counts.iter().filter(|(count, _)| *count > 0) {
            kind = steps.add(index, |words| cursors[index].key_words(&storage[index], count, depth, words));
            if kind == Words::None {
                steps.clear();
                return false;
            }
        }
        match kind {
            Words::Exact => steps.finish_exact(u64::MAX, cursors.len()),
            _ => steps.finish_lossy(cursors.len(), |a, b| {
                C::Key::reborrow(key(a.0, a.1)).cmp(&C::Key::reborrow(key(b.0, b.1)))
            }),
        }
        true
    }

    /// Moves the cursors that are anywhere beyond the key that others are at.
    fn seek_others(&mut self, storage: &[C::Storage]) {
        let CursorList { cursors, at_key, later_keys, .. } = self;
        self.order = Order::Loose;
        later_keys.clear();
        let Some(first) = at_key.first() else { return };
        let key = cursors[first].key(&storage[first]);
        for index in (0..cursors.len()).filter(|index| !at_key.iter().any(|at| at == *index)) {
            cursors[index].rewind_keys(&storage[index]);
            cursors[index].seek_key(&storage[index], C::Key::reborrow(key));
            if cursors[index].key_valid(&storage[index]) {
                later_keys.push(index);
            }
        }
    }

    /// Moves each cursor that is not at the key to its last key before, and makes a heap of them.
    fn turn_back(&mut self, storage: &[C::Storage]) {
        if !self.order.is_forward() {
            self.seek_others(storage);
        }
        (self.order, self.steps) = (Order::Back, 0);
        self.key_steps.clear();
        let CursorList { cursors, at_key, later_keys: earlier_keys, .. } = self;
        earlier_keys.clear();
        for index in (0..cursors.len()).filter(|index| !at_key.iter().any(|at| at == *index)) {
            if cursors[index].step_key_back(&storage[index]) {
                push_heap(earlier_keys, index, |a, b| key_less(cursors, storage, b, a));
            }
        }
    }

    /// Finds those at the least val, the cursors at the least key being anywhere among their vals.
    #[inline(always)]
    fn first_vals(&mut self, storage: &[C::Storage]) {
        match self.at_key.only() {
            Some(index) => self.at_val.set(index),
            None => self.first_vals_of_many(storage),
        }
    }

    #[inline(never)]
    fn first_vals_of_many(&mut self, storage: &[C::Storage]) {
        self.many_vals_planned = VALS_PLANNED_FIRST;
        self.later_vals.clear();
        self.vals_planned = self.plan_vals(storage);
        if self.vals_planned {
            return self.take_vals();
        }
        let CursorList { cursors, at_key, at_val, later_vals, .. } = self;
        at_val.clear();
        let less = |a, b| val_less(cursors, storage, a, b);
        at_key.iter().filter(|&index| cursors[index].val_valid(&storage[index])).for_each(|index| {
            push_heap(later_vals, index, less);
        });
        take_least(later_vals, at_val, less);
    }

    #[inline(never)]
    fn map_times_of_many(&mut self, storage: &[C::Storage], logic: &mut impl FnMut(&C::Time, &C::Diff)) {
        for index in self.at_val.iter() {
            self.cursors[index].map_times(&storage[index], &mut *logic);
        }
    }

    /// Plans steps through vals to come, all cursors at the key being at vals that are to come. Returns `false` if that
    /// can't be done.
    fn plan_vals(&mut self, storage: &[C::Storage]) -> bool {
        let CursorList { cursors, at_key, val_steps, many_val_steps: steps, .. } = self;
        steps.clear();
        if val_steps.plan(at_key, |index, most, words| {
            cursors[index].val_words(&storage[index], most, words).is_some_and(|ahead| ahead <= most)
        }) {
            return true;
        }
        let most = self.many_vals_planned;
        self.many_vals_planned = (2 * most).min(VALS_PLANNED_MOST);
        // Vals beyond the last one looked at of a cursor that has more can't be ordered yet.
        let mut limit = u64::MAX;
        let known = cursors.len() <= MOST_CURSORS
            && at_key.iter().all(|index| {
                steps.add(index, |words| {
                    let ahead = cursors[index].val_words(&storage[index], most, words);
                    if ahead.is_some_and(|ahead| ahead > most)
                        && let Some(&last) = words.last()
                    {
                        limit = limit.min(last);
                    }
                    ahead.is_some()
                })
            });
        match known {
            true => steps.finish_exact(limit, cursors.len()),
            false => steps.clear(),
        }
        known
    }

    /// Finds those at the next val that is planned, if there is one.
    fn take_vals(&mut self) {
        if !self.val_steps.is_empty() {
            self.val_steps.take(&mut self.at_val);
        } else if !self.many_val_steps.is_empty() {
            self.many_val_steps.take(&mut self.at_val);
        } else {
            self.at_val.clear();
        }
    }

    /// Finds those at the next val of several cursors' key, where those at the val before have been stepped.
    #[inline(never)]
    fn next_val_of_many(&mut self, storage: &[C::Storage]) {
        if self.vals_planned {
            // A plan of many vals may end before they do.
            if self.many_val_steps.is_used_up() {
                self.plan_vals(storage);
            }
            return self.take_vals();
        }
        let CursorList { cursors, at_val, later_vals, .. } = self;
        for index in at_val.iter().filter(|&index| cursors[index].val_valid(&storage[index])) {
            push_heap(later_vals, index, |a, b| val_less(cursors, storage, a, b));
        }
        at_val.clear();
        take_least(later_vals, at_val, |a, b| val_less(cursors, storage, a, b));
    }

    /// Appends the windows of a key for all cursors, but those that surely don't find it, if it has a hash.
    #[inline]
    fn windows_of(
        &self,
        storage: &[C::Storage],
        key: CursorKeyRef<'_, Self>,
        hash: Option<u64>,
        windows: &mut Vec<(usize, Window)>,
    ) {
        let cursors = self.cursors.iter().zip(storage).enumerate();
        windows.extend(
            cursors
                .filter(|(_, (cursor, storage))| hash.is_none_or(|hash| cursor.may_find(storage, hash)))
                .map(|(index, (cursor, storage))| (index, cursor.window(storage, C::Key::reborrow(key)))),
        );
    }

    /// Visits what is left, where no steps can be planned.
    #[inline(never)]
    fn visit_unplanned(
        &mut self,
        storage: &Vec<C::Storage>,
        logic: &mut impl FnMut(CursorKeyRef<'_, C>, CursorValRef<'_, C>, &C::Time, &C::Diff),
    ) {
        while let Some(key) = self.get_key(storage) {
            self.visit_key(storage, |val, time, diff| logic(C::Key::reborrow(key), val, time, diff));
            self.next_key(storage);
        }
    }

    /// Moves the cursors that have a key to it, by their windows, all being rewound or before it. Returns whether there
    /// are any.
    fn find_within(
        &mut self,
        storage: &[C::Storage],
        key: CursorKeyRef<'_, Self>,
        windows: &[(usize, Window)],
    ) -> bool {
        self.order = Order::Anywhere;
        self.at_key.clear();
        for &(index, window) in windows {
            let (cursor, storage) = (&mut self.cursors[index], &storage[index]);
            cursor.rewind_keys(storage);
            cursor.seek_key_within(storage, C::Key::reborrow(key), window);
            if cursor.get_key(storage).is_some_and(|at| C::Key::reborrow(at) == C::Key::reborrow(key)) {
                self.at_key.push(index);
            }
        }
        self.first_vals(storage);
        !self.at_key.is_empty()
    }

    /// Reads the keys of each window, all at once as far as the machine can.
    fn touch(&self, storage: &[C::Storage], windows: &[(usize, Window)]) {
        let touch =
            |&(index, ref window): &(usize, Window)| self.cursors[index].touch(&storage[index], window);
        std::hint::black_box(windows.iter().map(touch).fold(0, |sum, touched| sum ^ touched));
    }
}

impl<C: Cursor> Cursor for CursorList<C> {
    type Key = C::Key;
    type Val = C::Val;
    type Time = C::Time;
    type Diff = C::Diff;
    type Storage = Vec<C::Storage>;

    #[inline]
    fn key_valid(&self, _: &Self::Storage) -> bool {
        !self.at_key.is_empty()
    }

    #[inline(always)]
    fn val_valid(&self, storage: &Self::Storage) -> bool {
        match self.at_val.only() {
            Some(index) => self.cursors[index].val_valid(&storage[index]),
            None => !self.at_val.is_empty(),
        }
    }

    #[inline(always)]
    fn get_key<'a>(&self, storage: &'a Self::Storage) -> Option<CursorKeyRef<'a, Self>> {
        self.at_key.first().and_then(|index| self.cursors[index].get_key(&storage[index]))
    }

    #[inline(always)]
    fn get_val<'a>(&self, storage: &'a Self::Storage) -> Option<CursorValRef<'a, Self>> {
        let index = self.at_val.first()?;
        self.cursors[index].get_val(&storage[index])
    }

    #[inline(always)]
    fn map_times(&mut self, storage: &Self::Storage, mut logic: impl FnMut(&C::Time, &C::Diff)) {
        match self.at_val.only() {
            Some(index) => self.cursors[index].map_times(&storage[index], logic),
            None => self.map_times_of_many(storage, &mut logic),
        }
    }

    #[inline(always)]
    fn step_key(&mut self, storage: &Self::Storage) {
        self.next_key(storage);
        self.first_vals(storage);
    }

    fn seek_key(&mut self, storage: &Self::Storage, key: CursorKeyRef<'_, Self>) {
        match self.get_key(storage) {
            Some(at) if C::Key::reborrow(at) < C::Key::reborrow(key) => {}
            _ => return self.rewind_vals(storage),
        }
        let mut hash = None;
        match self.order {
            Order::Back => self.seek_others(storage),
            Order::Rewound => hash = C::key_hash(C::Key::reborrow(key)),
            Order::Anywhere => {
                self.cursors
                    .iter_mut()
                    .zip(storage)
                    .for_each(|(cursor, storage)| cursor.rewind_keys(storage));
                hash = C::key_hash(C::Key::reborrow(key));
            }
            _ => {}
        }
        let mut windows = std::mem::take(&mut self.windows);
        windows.clear();
        self.windows_of(storage, key, hash, &mut windows);
        self.touch(storage, &windows);
        let is_told = windows.len() < self.cursors.len();
        if is_told {
            if self.find_within(storage, key, &windows) {
                self.windows = windows;
                return;
            }
            windows.clear();
            self.windows_of(storage, key, None, &mut windows);
            self.touch(storage, &windows);
        }
        for &(index, window) in &windows {
            self.cursors[index].seek_key_within(&storage[index], C::Key::reborrow(key), window);
        }
        self.windows = windows;
        match is_told {
            // Nobody has it.
            true => self.least_of_all(storage),
            false => self.least_from(storage, key),
        }
        self.first_vals(storage);
    }

    fn find_key(&mut self, storage: &Self::Storage, key: CursorKeyRef<'_, Self>) -> bool {
        let mut found = false;
        self.find_keys(storage, [key], |_, _| found = true);
        found
    }

    fn find_keys<'a>(
        &mut self,
        storage: &Self::Storage,
        keys: impl IntoIterator<Item = CursorKeyRef<'a, Self>>,
        mut logic: impl FnMut(usize, &mut Self),
    ) {
        let mut windows = std::mem::take(&mut self.windows);
        let mut keys = keys.into_iter().enumerate().peekable();
        while keys.peek().is_some() {
            // Each key with the end of its windows.
            let mut sought: [Option<(usize, CursorKeyRef<'a, Self>, usize)>; SOUGHT] = [None; SOUGHT];
            windows.clear();
            for (cursor, storage) in self.cursors.iter_mut().zip(storage) {
                cursor.rewind_keys(storage);
            }
            for place in &mut sought {
                let Some((index, key)) = keys.next() else { break };
                self.windows_of(storage, key, C::key_hash(C::Key::reborrow(key)), &mut windows);
                *place = Some((index, key, windows.len()));
                if windows.len() >= WINDOWS {
                    break;
                }
            }
            self.touch(storage, &windows);
            let mut start = 0;
            for &(index, key, end) in sought.iter().flatten() {
                if self.find_within(storage, key, &windows[start..end]) {
                    logic(index, self);
                }
                start = end;
            }
        }
        self.windows = windows;
    }

    #[inline(always)]
    fn step_val(&mut self, storage: &Self::Storage) {
        if let Some(index) = self.at_key.only() {
            return self.cursors[index].step_val(&storage[index]);
        }
        if let Some(index) = self.at_val.only() {
            self.cursors[index].step_val(&storage[index]);
            if let Some(next) = self.val_steps.take_only() {
                return self.at_val.set(next);
            }
        } else {
            self.at_val.for_each(|index| self.cursors[index].step_val(&storage[index]));
        }
        self.next_val_of_many(storage);
    }

    fn seek_val(&mut self, storage: &Self::Storage, val: CursorValRef<'_, Self>) {
        let before = |at: CursorValRef<'_, C>| C::Val::reborrow(at) < C::Val::reborrow(val);
        if self.get_val(storage).is_some_and(before) {
            for index in self.at_key.iter() {
                self.cursors[index].seek_val(&storage[index], C::Val::reborrow(val));
            }
            self.first_vals(storage);
        }
    }

    fn rewind_keys(&mut self, storage: &Self::Storage) {
        for (cursor, storage) in self.cursors.iter_mut().zip(storage) {
            cursor.rewind_keys(storage);
        }
        (self.order, self.steps, self.keys_planned) = (Order::Rewound, 0, KEYS_PLANNED_FIRST);
        self.key_steps.clear();
        let (at_key, later_keys) = &self.least;
        self.at_key.copy_from(at_key);
        self.later_keys.clone_from(later_keys);
        self.first_vals(storage);
    }

    fn rewind_vals(&mut self, storage: &Self::Storage) {
        for index in self.at_key.iter() {
            self.cursors[index].rewind_vals(&storage[index]);
        }
        self.first_vals(storage);
    }

    fn step_key_back(&mut self, storage: &Self::Storage) -> bool {
        if self.order != Order::Back {
            self.turn_back(storage);
        }
        let CursorList { cursors, at_key, later_keys: earlier_keys, .. } = self;
        for index in at_key.iter() {
            if cursors[index].step_key_back(&storage[index]) {
                push_heap(earlier_keys, index, |a, b| key_less(cursors, storage, b, a));
            }
        }
        let moves = !earlier_keys.is_empty();
        if moves {
            at_key.clear();
            take_least(earlier_keys, at_key, |a, b| key_less(cursors, storage, b, a));
        }
        self.first_vals(storage);
        moves
    }

    fn end_keys(&mut self, storage: &Self::Storage) {
        for (cursor, storage) in self.cursors.iter_mut().zip(storage) {
            cursor.end_keys(storage);
        }
        self.least_of_all(storage);
        self.first_vals(storage);
    }

    fn step_val_back(&mut self, storage: &Self::Storage) -> bool {
        if let Some(index) = self.at_key.only() {
            return self.cursors[index].step_val_back(&storage[index]);
        }
        let CursorList {
            cursors, at_key, at_val, later_vals, val_steps, many_val_steps, vals_planned, ..
        } = self;
        // Those that are not at the val are at their first beyond: all go back one, and all but the greatest return.
        let (mut moved, mut greatest) = (Group::default(), Group::default());
        for index in at_key.iter() {
            if !cursors[index].step_val_back(&storage[index]) {
                continue;
            }
            moved.push(index);
            match greatest.first() {
                Some(first) if val_less(cursors, storage, index, first) => continue,
                Some(first) if val_less(cursors, storage, first, index) => greatest.clear(),
                _ => {}
            }
            greatest.push(index);
        }
        if moved.is_empty() {
            return false;
        }
        val_steps.clear();
        many_val_steps.clear();
        *vals_planned = false;
        later_vals.clear();
        for index in moved.iter().filter(|&index| !greatest.iter().any(|other| other == index)) {
            cursors[index].step_val(&storage[index]);
        }
        for index in at_key.iter().filter(|&index| !greatest.iter().any(|other| other == index)) {
            if cursors[index].val_valid(&storage[index]) {
                push_heap(later_vals, index, |a, b| val_less(cursors, storage, a, b));
            }
        }
        *at_val = greatest;
        true
    }

    fn end_vals(&mut self, storage: &Self::Storage) {
        for index in self.at_key.iter() {
            self.cursors[index].end_vals(&storage[index]);
        }
        self.first_vals(storage);
    }

    fn skip_keys_while(&mut self, storage: &Self::Storage, before: impl Fn(CursorKeyRef<'_, Self>) -> bool) {
        match self.get_key(storage) {
            Some(at) if before(at) => {}
            _ => return self.rewind_vals(storage),
        }
        if !self.order.is_forward() {
            self.seek_others(storage);
        }
        for (cursor, storage) in self.cursors.iter_mut().zip(storage) {
            cursor.skip_keys_while(storage, &before);
        }
        self.least_of_all(storage);
        self.first_vals(storage);
    }

    fn skip_vals_while(&mut self, storage: &Self::Storage, before: impl Fn(CursorValRef<'_, Self>) -> bool) {
        for index in self.at_key.iter() {
            self.cursors[index].skip_vals_while(&storage[index], &before);
        }
        self.first_vals(storage);
    }

    fn seek_key_counted(&mut self, storage: &Self::Storage, key: CursorKeyRef<'_, Self>) -> Option<usize> {
        if !self.order.is_forward() {
            self.seek_others(storage);
        }
        let ahead = |list: &Self| -> Option<usize> {
            list.cursors.iter().zip(storage).map(|(cursor, storage)| cursor.keys_ahead(storage)).sum()
        };
        let before = ahead(self)?;
        self.seek_key(storage, key);
        if !self.order.is_forward() {
            self.seek_others(storage);
        }
        Some(before - ahead(self)?)
    }

    fn visit_key(
        &mut self,
        storage: &Self::Storage,
        mut logic: impl FnMut(CursorValRef<'_, Self>, &Self::Time, &Self::Diff),
    ) {
        for index in self.at_key.iter() {
            self.cursors[index].visit_key(&storage[index], &mut logic);
        }
        if self.at_key.only().is_none() {
            self.at_val.clear();
            self.later_vals.clear();
            self.val_steps.clear();
            self.many_val_steps.clear();
        }
    }

    fn visit(
        &mut self,
        storage: &Self::Storage,
        mut logic: impl FnMut(CursorKeyRef<'_, Self>, CursorValRef<'_, Self>, &Self::Time, &Self::Diff),
    ) {
        if !self.order.is_forward() {
            self.seek_others(storage);
        }
        if self.order == Order::Planned {
            self.key_steps.put_back(&self.at_key);
        } else {
            self.can_plan = self.can_plan && self.plan_keys(storage);
        }
        // Should `logic` panic, the list is left at no key rather than at one that some cursors have left.
        self.at_key.clear();
        self.at_val.clear();
        while self.can_plan && !self.key_steps.is_empty() {
            for index in self.key_steps.drain() {
                self.cursors[index].visit_step(&storage[index], &mut logic);
            }
            self.can_plan = self.plan_keys(storage);
        }
        self.least_of_all(storage);
        self.visit_unplanned(storage, &mut logic);
        self.first_vals(storage);
    }
}

fn key_less<C: Cursor>(cursors: &[C], storage: &[C::Storage], a: usize, b: usize) -> bool {
    C::Key::reborrow(cursors[a].key(&storage[a])) < C::Key::reborrow(cursors[b].key(&storage[b]))
}

fn val_less<C: Cursor>(cursors: &[C], storage: &[C::Storage], a: usize, b: usize) -> bool {
    C::Val::reborrow(cursors[a].val(&storage[a])) < C::Val::reborrow(cursors[b].val(&storage[b]))
}

/// Takes from a heap the least, and all that equal it.
fn take_least(heap: &mut Vec<usize>, least: &mut Group, less: impl Fn(usize, usize) -> bool + Copy) {
    while let Some(&top) = heap.first() {
        // What is at the top is not less than what was taken.
        if least.first().is_some_and(|first| less(first, top)) {
            break;
        }
        heap.swap_remove(0);
        sink_heap(heap, 0, less);
        least.push(top);
    }
}

/// Adds to a binary heap whose least element comes first.
///
/// The standard library's heap owns its order; ours depends on storage that each call brings along.
fn push_heap(heap: &mut Vec<usize>, index: usize, less: impl Fn(usize, usize) -> bool) {
    let mut at = heap.len();
    heap.push(index);
    while at > 0 && less(heap[at], heap[(at - 1) / 2]) {
        heap.swap(at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

/// Restores a heap of which one element may be too great for its place.
fn sink_heap(heap: &mut [usize], mut at: usize, less: impl Fn(usize, usize) -> bool) {
    loop {
        let mut child = 2 * at + 1;
        if child + 1 < heap.len() && less(heap[child + 1], heap[child]) {
            child += 1;
        }
        if child >= heap.len() || !less(heap[child], heap[at]) {
            return;
        }
        heap.swap(at, child);
        at = child;
    }
}
