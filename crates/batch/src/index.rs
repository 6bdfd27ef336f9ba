//! Where keys are: a small index over the column of keys, so that a seek touches few of them.
//!
//! Every so many keys one is *sampled*. Of a sample the index keeps a word ([`SortWords`]) and its place, so that a seek
//! finds, by words alone, two samples between which the key must lie. Where words are exact and spread evenly, not even
//! that is kept, but a table by which a key's place is guessed ([`Ranks`]). Otherwise samples whose words are equal because
//! they share a prefix are told apart one level down, by words that begin where they differ:
//!
//! ```text
//! root, depth 0    bash      coreuti   lib..... ┐      python3-┐
//!                                               │              └ depth 8   django   numpy
//!                                               └ depth 3   apt-pkg   c6   tinfo6
//! ```
//!
//! This is a Patricia trie of the samples whose nodes branch on eight bytes. Keys of fixed width have the root alone. A
//! node with many samples finds a word's neighbourhood by a table of its leading bits, and what is left of it by halves,
//! so that keys crowded into a narrow range cost a few steps more and not a search of all.

use crate::ranks::{self, Ranks};
use arrangement_container::{BatchContainer, SortWords, Words};
use arrangement_trace::{Sizes, Window};
use std::cmp::Ordering;

/// Storages with fewer keys have no index: all is near.
const LEAST_KEYS: usize = 512;
/// More samples than this of the same word get a node of their own.
const TIED: usize = 4;
/// A node with at least so many entries has a table.
const LEAST_TABLE: usize = 32;
/// Entries in a slot that are counted without a branch; more are searched.
const FEW: usize = 4;
/// An entry that leads to a node, rather than to a sample.
const NODE: u32 = 1 << 31;
/// What a sample takes: its word, where it leads, its share of a table.
const SAMPLE_BYTES: usize = 18;

/// An index over a column of keys, which is built while they are appended.
#[derive(Debug, Default)]
pub(crate) struct KeyIndex {
    /// The keys from one sample to the next; 0 for no index.
    step: usize,
    /// The keys from one sample to the next of those that are kept, a multiple of `step`.
    kept_step: usize,
    samples: usize,
    /// If words are exact and so far even. Once the index is finished it has these or nodes.
    ranks: Option<Ranks>,
    nodes: Vec<Node>,
    /// The nodes on the way from the first, which is the root, to the sample added last.
    path: Vec<u32>,
    /// The word of the last key at the root.
    last_word: u64,
    exact: bool,
}

/// Samples that agree in their first `depth` bytes.
#[derive(Debug)]
struct Node {
    depth: usize,
    /// Those of these bytes that its parent did not compare, eight by eight: their words at `prefix_start`, and so on.
    prefix_start: usize,
    prefix: Vec<u64>,
    /// The first sample, and the last.
    first: u32,
    last: u32,
    /// The words, at `depth`, of each sample that leads to no other node, and of the first sample of each node below.
    words: Vec<u64>,
    /// The samples, or nodes, that these words stand for; empty if these are all samples in turn, from the first.
    targets: Vec<u32>,
    /// For each value of a word's leading bits, where the entries with such words begin.
    table: Vec<u32>,
    shift: u32,
}

impl KeyIndex {
    /// An index to be built over a column of which so many `keys` are expected, each of which takes so many `bytes` in all
    /// the columns of its batch: the index then takes about a fortieth of that. No word will be less than the first of
    /// `span`, or greater than the other.
    pub(crate) fn for_keys<C: BatchContainer, W: SortWords<C>>(
        keys: usize,
        bytes: usize,
        span: Option<(u64, u64)>,
    ) -> Self {
        if keys < LEAST_KEYS || W::kind() == Words::None {
            return KeyIndex::default();
        }
        let exact = W::kind() == Words::Exact;
        let kept_step = (40 * SAMPLE_BYTES / bytes.max(1)).next_power_of_two().clamp(16, 128);
        let step = if exact { ranks::STEP } else { kept_step };
        let ranks = span.filter(|_| exact).and_then(|(least, greatest)| Ranks::new(keys, least, greatest));
        KeyIndex { step, kept_step: kept_step.max(step), exact, ranks, ..KeyIndex::default() }
    }

    /// Whether there is one: small storages have none.
    #[inline]
    pub(crate) fn is_made(&self) -> bool {
        !self.nodes.is_empty() || self.ranks.is_some()
    }

    /// Samples what was appended to the keys since the last call.
    #[inline]
    pub(crate) fn extend<C: BatchContainer, W: SortWords<C>>(&mut self, keys: &C) {
        while self.step > 0 && self.samples * self.step < keys.len() {
            match self.exact {
                true => self.add_word::<C, W>(keys),
                false => self.add::<C, W>(keys),
            }
        }
    }

    /// Ends the index over keys to which no more will be appended.
    pub(crate) fn finish<C: BatchContainer, W: SortWords<C>>(&mut self, keys: &C) {
        self.extend::<C, W>(keys);
        if keys.len() < LEAST_KEYS {
            *self = KeyIndex::default();
        }
        if let Some(last) = keys.last() {
            self.last_word = W::word(last, 0);
        }
        self.path = Vec::new();
        if let [root] = &mut self.nodes[..] {
            root.targets = Vec::new();
            self.ranks = self.ranks.take().and_then(|ranks| ranks.finish(&root.words, keys.len()));
            if self.ranks.is_some() {
                self.nodes = Vec::new();
            } else if self.kept_step > self.step {
                root.words = root.words.iter().copied().step_by(self.kept_step / self.step).collect();
                self.step = self.kept_step;
            }
        }
        self.nodes.shrink_to_fit();
        self.nodes.iter_mut().for_each(Node::finish);
    }

    /// Adds the next sample, whose word is exact: the root alone is enough.
    fn add_word<C: BatchContainer, W: SortWords<C>>(&mut self, keys: &C) {
        let key = keys.index(self.samples * self.step);
        let word = W::word(C::reborrow(key), 0);
        match self.nodes.first_mut() {
            Some(root) => root.words.push(word),
            None => self.nodes.push(Node { words: vec![word], ..Node::new::<C, W>(key, 0, 0, 0) }),
        }
        self.ranks = self.ranks.take().filter(|ranks| !ranks.is_far(word));
        if let Some(ranks) = &mut self.ranks {
            ranks.add(word);
        }
        self.samples += 1;
    }

    /// Adds the next sample.
    fn add<C: BatchContainer, W: SortWords<C>>(&mut self, keys: &C) {
        let sample = self.samples as u32;
        let at = |sample: u32| keys.index(sample as usize * self.step);
        let word = |sample: u32, depth: usize| W::word(at(sample), depth);
        let shared = |one: u32| C::common_prefix(at(one), at(sample)).unwrap_or(0);
        if sample == 0 {
            self.path.push(0);
            self.nodes.push(Node::new::<C, W>(at(0), 0, 0, 0));
        }
        let agrees = if sample > 0 { shared(sample - 1) } else { 0 };
        let mut below = None;
        while self.path.len() > 1 && self.nodes[self.top()].depth > agrees {
            below = self.path.pop();
        }
        let top = self.top();
        let depth = self.nodes[top].depth;
        if let Some(child) = below.filter(|_| agrees >= depth + 8) {
            // The sample and all below agree in more than what the parent compares, and in less than the child does.
            let first = self.nodes[child as usize].first;
            let mut node = Node::new::<C, W>(at(sample), depth, agrees, first);
            node.push(word(first, agrees), child | NODE);
            node.push(word(sample, agrees), sample);
            self.push_below(top, node);
        } else {
            let parent = &mut self.nodes[top];
            parent.push(word(sample, depth), sample);
            let start = parent.words.len() - parent.tied();
            let tied = &parent.targets[start..];
            let first = tied[0];
            if tied.len() > TIED && tied.iter().all(|target| target & NODE == 0) && shared(first) >= depth + 8
            {
                let mut node = Node::new::<C, W>(at(sample), depth, shared(first), first);
                for &sample in tied {
                    node.push(word(sample, node.depth), sample);
                }
                parent.words.truncate(start + 1);
                parent.targets.truncate(start + 1);
                self.push_below(top, node);
            }
        }
        for &node in &self.path {
            self.nodes[node as usize].last = sample;
        }
        self.samples += 1;
    }

    fn top(&self) -> usize {
        self.path[self.path.len() - 1] as usize
    }

    /// Puts a node in the place of the last entry of another, and on the path.
    fn push_below(&mut self, parent: usize, node: Node) {
        let index = self.nodes.len() as u32;
        *self.nodes[parent].targets.last_mut().expect("a node on the path has entries") = index | NODE;
        self.path.push(index);
        self.nodes.push(node);
    }

    /// Where the first key not less than `key` is, as far as words tell.
    ///
    /// The window's `lo` is 0 or beyond a key that is less, and its `hi` is the number of keys or that of one which is not.
    #[inline(always)]
    pub(crate) fn window<C: BatchContainer, W: SortWords<C>>(
        &self,
        keys: usize,
        key: C::ReadItem<'_>,
    ) -> Window {
        match &self.ranks {
            Some(ranks) => Window { lo: 0, hi: keys, guess: ranks.guess(W::word(key, 0)), depth: 0 },
            None => self.window_between_samples::<C, W>(keys, key),
        }
    }

    /// See [`window`](KeyIndex::window).
    fn window_between_samples<C: BatchContainer, W: SortWords<C>>(
        &self,
        keys: usize,
        key: C::ReadItem<'_>,
    ) -> Window {
        let everywhere = Window { lo: 0, hi: keys, guess: 0, depth: 0 };
        let Some(mut node) = self.nodes.first() else { return everywhere };
        // The samples known to be less, and not to be less.
        let (mut less, mut more) = (None, None);
        let mut word = W::word(C::reborrow(key), 0);
        let (mut bounds, mut depth) = ((0, self.last_word), 0);
        if word > self.last_word {
            return Window { lo: keys, hi: keys, guess: keys, depth: 0 };
        }
        loop {
            let (lo, hi) = node.places(word);
            let above = hi < node.words.len();
            if above {
                more = Some(self.first(node.target(hi)));
            }
            if lo > 0 {
                less = Some(self.first(node.target(lo - 1)));
            }
            if self.exact && hi > lo {
                let at = node.target(lo) as usize * self.step;
                return Window { lo: at, hi: at, guess: at, depth: 0 };
            }
            let next = match hi - lo {
                0 if lo > 0 => node.target(lo - 1),
                1 => node.target(lo),
                _ => 0,
            };
            if next & NODE == 0 {
                if lo > 0 && above {
                    bounds = (node.words[lo - 1], node.words[hi]);
                    depth = node.depth;
                } else if lo > 0 && node.depth == 0 {
                    bounds.0 = node.words[lo - 1];
                }
                break;
            }
            node = &self.nodes[(next & !NODE) as usize];
            match node.compare_prefix::<C, W>(key) {
                Ordering::Less => {
                    more = Some(node.first);
                    break;
                }
                Ordering::Greater => {
                    less = Some(node.last);
                    break;
                }
                Ordering::Equal => word = W::word(C::reborrow(key), node.depth),
            }
        }
        let lo = less.map_or(0, |sample| sample as usize * self.step + 1);
        let hi = more.map_or(keys, |sample| sample as usize * self.step);
        let guess = if self.exact { interpolate(lo, hi, bounds, word) } else { lo + (hi - lo) / 2 };
        Window { lo, hi, guess, depth }
    }

    /// The first sample to which an entry leads.
    #[inline]
    fn first(&self, target: u32) -> u32 {
        if target & NODE == 0 { target } else { self.nodes[(target & !NODE) as usize].first }
    }

    /// The size.
    pub(crate) fn sizes(&self) -> Sizes {
        let nodes = self.nodes.iter().fold(Sizes::default(), |sizes, node| {
            sizes
                .with(Sizes::of_vec(&node.prefix))
                .with(Sizes::of_vec(&node.words))
                .with(Sizes::of_vec(&node.targets))
                .with(Sizes::of_vec(&node.table))
        });
        let ranks = self.ranks.as_ref().map_or(Sizes::default(), Ranks::sizes);
        nodes.with(Sizes::of_vec(&self.nodes)).with(ranks)
    }
}

impl Node {
    /// A node without entries for samples that agree with `key` in their first `depth` bytes.
    fn new<C: BatchContainer, W: SortWords<C>>(
        key: C::ReadItem<'_>,
        parent: usize,
        depth: usize,
        first: u32,
    ) -> Self {
        let prefix = (parent..depth).step_by(8);
        let prefix = prefix.map(|at| W::word(C::reborrow(key), at) & mask(depth - at)).collect();
        Node {
            depth,
            prefix_start: parent,
            prefix,
            first,
            last: first,
            words: Vec::new(),
            targets: Vec::new(),
            table: Vec::new(),
            shift: 0,
        }
    }

    fn push(&mut self, word: u64, target: u32) {
        self.words.push(word);
        self.targets.push(target);
    }

    /// Where an entry leads.
    #[inline]
    fn target(&self, entry: usize) -> u32 {
        if self.targets.is_empty() { entry as u32 } else { self.targets[entry] }
    }

    /// The number of entries of the last one's word.
    fn tied(&self) -> usize {
        let last = self.words.last();
        self.words.iter().rev().take(TIED + 1).take_while(|word| Some(*word) == last).count()
    }

    /// How a key orders beside the bytes that all samples of the node begin with.
    fn compare_prefix<C: BatchContainer, W: SortWords<C>>(&self, key: C::ReadItem<'_>) -> Ordering {
        let places = (self.prefix_start..self.depth).step_by(8);
        let words = places.map(|at| W::word(C::reborrow(key), at) & mask(self.depth - at));
        words.cmp(self.prefix.iter().copied())
    }

    /// The first entry whose word is not less than `word`, and the first whose word is greater.
    #[inline]
    fn places(&self, word: u64) -> (usize, usize) {
        let (from, to) = match (self.words.first(), self.words.last()) {
            (Some(&first), Some(&last)) if !self.table.is_empty() && first <= word && word <= last => {
                let slot = ((word - first) >> self.shift) as usize;
                (self.table[slot] as usize, self.table[slot + 1] as usize)
            }
            _ => (0, self.words.len()),
        };
        let lo = match self.words.get(from..from + FEW) {
            Some(few) if to <= from + FEW => {
                from + few.iter().map(|other| (*other < word) as usize).sum::<usize>()
            }
            _ => from + self.words[from..to].partition_point(|other| *other < word),
        };
        let mut hi = lo;
        if self.words.get(lo) == Some(&word) {
            hi = lo + self.words[lo..to].partition_point(|other| *other == word);
        }
        (lo, hi)
    }

    /// Makes the table, and gives back what is reserved and not used.
    fn finish(&mut self) {
        self.prefix.shrink_to_fit();
        self.words.shrink_to_fit();
        self.targets.shrink_to_fit();
        let range = self.words[self.words.len() - 1] - self.words[0];
        let slots = self.words.len();
        if self.words.len() < LEAST_TABLE || range == 0 {
            return;
        }
        // The widest slots of a power of two of which there are as many as entries: at most twice as many.
        let bits = u64::BITS - range.leading_zeros();
        self.shift = bits.saturating_sub(usize::BITS - slots.leading_zeros());
        let slots = (range >> self.shift) as usize + 1;
        self.table = Vec::with_capacity(slots + 1);
        for (entry, word) in self.words.iter().enumerate() {
            let slot = ((word - self.words[0]) >> self.shift) as usize;
            if self.table.len() <= slot {
                self.table.resize(slot + 1, entry as u32);
            }
        }
        self.table.push(self.words.len() as u32);
    }
}

/// The words of the first key and of the last.
pub(crate) fn word_span<C: BatchContainer, W: SortWords<C>>(keys: &C) -> Option<(u64, u64)> {
    let last = keys.last()?;
    Some((W::word(keys.index(0), 0), W::word(last, 0)))
}

/// The leading `bytes` of a word, if there are fewer than eight.
fn mask(bytes: usize) -> u64 {
    if bytes >= 8 { u64::MAX } else { !(u64::MAX >> (8 * bytes)) }
}

/// A place in `lo..hi` for a word, if the words of that range are spread evenly between these bounds.
#[inline]
fn interpolate(lo: usize, hi: usize, bounds: (u64, u64), word: u64) -> usize {
    let range = bounds.1.saturating_sub(bounds.0) as f64 + 1.0;
    let part = word.saturating_sub(bounds.0) as f64;
    lo + ((part / range * (hi - lo) as f64) as usize).min((hi - lo).saturating_sub(1))
}
