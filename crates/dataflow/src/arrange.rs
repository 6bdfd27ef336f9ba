//! The operator that arranges a stream of updates.

use crate::arranged::Arranged;
use crate::handle::TraceHandle;
use crate::log::{Logged, OperatorLog, SizeLog};
use crate::operators::retain;
use crate::shared::{Shared, Writer};
use arrangement_trace::{Antichain, AntichainRef, Batch, Batcher, Builder, PartialOrder, Progress};
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use timely::Container;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::channels::pact::ParallelizationContract;
use timely::dataflow::operators::generic::{Operator, OperatorInfo, OutputBuilderSession};
use timely::dataflow::operators::{CapabilitySet, InputCapability};
use timely::dataflow::{Scope, Stream};
use timely::scheduling::Activator;

/// The hash by which updates go to workers: those of one key all go to the same.
///
/// It is the same in all processes of one program, on machines of one kind. Use it for a container of your own that is
/// arranged with an exchange of your own, if the arrangement is to be joined with others.
pub fn hash_key<K: Hash + ?Sized>(key: &K) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    key.hash(&mut hasher);
    hasher.finish()
}

/// Arranges a stream of updates in any container that the batcher takes.
///
/// The `pact` says which worker gets which update: for operators that match keys all updates of a key must come to one
/// worker, [by its hash](hash_key). The facade crate `arrangement` has a method that does so and takes batcher and builder
/// from one alias, `arrange`.
///
/// Each advance of the input's frontier seals one batch, which goes downstream and into the trace. One without
/// updates goes only into the trace. When there is nothing else to do the operator works on the trace, as much at a
/// time as its [exert logic](TraceHandle::set_exert_logic) says, until it is compact.
///
/// Each update's time must be at or beyond the time of the message that it comes in.
pub fn arrange_core<'scope, Ba, Bu, B, P>(
    stream: Stream<'scope, B::Time, Ba::Input>,
    pact: P,
    name: &str,
) -> Arranged<'scope, B>
where
    B: Batch,
    Ba: Batcher<Time = B::Time, Input: Container> + 'static,
    Bu: Builder<Input = Ba::Output, Time = B::Time, Output = B> + 'static,
    P: ParallelizationContract<B::Time, Ba::Input>,
{
    let scope = stream.scope();
    let mut trace = None;
    let stream = stream.unary_frontier(pact, name, |_capability, info| {
        let (handle, mut sealer) = Sealer::<Ba, B>::new(scope, info);
        trace = Some(handle);
        move |(input, frontier), output| {
            input.for_each(|capability, updates| {
                sealer.retain(&capability);
                sealer.push(updates);
            });
            if !sealer.seal::<Bu>(frontier.frontier(), &Antichain::new(), output) {
                sealer.rest();
            }
        }
    });
    Arranged { stream, trace: trace.expect("the operator has been built") }
}

/// The part of an arranging operator that makes batches of updates.
pub(crate) struct Sealer<Ba, B: Batch> {
    batcher: Ba,
    batcher_sizes: SizeLog,
    /// Capabilities for all updates that are not sealed.
    capabilities: CapabilitySet<B::Time>,
    writer: Writer<B>,
    activator: Activator,
}

/// What an arranging operator sends its batches to.
pub(crate) type Output<'a, B> =
    OutputBuilderSession<'a, <B as arrangement_trace::BatchReader>::Time, CapacityContainerBuilder<Vec<B>>>;

impl<Ba, B> Sealer<Ba, B>
where
    B: Batch,
    Ba: Batcher<Time = B::Time>,
{
    /// An empty trace and what is to write it.
    pub(crate) fn new(scope: Scope<'_, B::Time>, info: OperatorInfo) -> (TraceHandle<B>, Self) {
        let log = OperatorLog::new(&scope, info.global_id);
        let batcher_sizes = SizeLog::new(log.clone(), Logged::BatcherSizes);
        let (shared, writer) = Shared::new(log, scope.activator_for(Rc::clone(&info.address)));
        let sealer = Sealer {
            batcher: Ba::new(),
            batcher_sizes,
            capabilities: CapabilitySet::new(),
            writer,
            activator: scope.activator_for(info.address),
        };
        (TraceHandle::new(shared), sealer)
    }

    /// Keeps what a message's updates can later be sent with.
    pub(crate) fn retain(&mut self, capability: &InputCapability<B::Time>) {
        retain(&mut self.capabilities, capability);
    }

    pub(crate) fn push(&mut self, updates: &mut Ba::Input) {
        self.batcher.push(updates);
        self.batcher_sizes.tell(|| self.batcher.sizes());
    }

    /// Up to where batches were sealed.
    pub(crate) fn upper(&self) -> AntichainRef<'_, B::Time> {
        self.writer.upper()
    }

    /// Makes a batch of what lies before `upper`, if that has advanced, and passes it on. Capabilities are kept for what is
    /// left in the batcher and for times beyond `later`. Returns whether `upper` had advanced.
    pub(crate) fn seal<Bu>(
        &mut self,
        upper: AntichainRef<'_, B::Time>,
        later: &Antichain<B::Time>,
        output: &mut Output<'_, B>,
    ) -> bool
    where
        Bu: Builder<Input = Ba::Output, Time = B::Time, Output = B>,
    {
        if !PartialOrder::less_than(&self.writer.upper(), &upper) {
            return false;
        }
        // An update before `upper` came with a capability before it.
        let retired = |time: &B::Time| !upper.less_equal(time);
        let sent_with: CapabilitySet<_> =
            self.capabilities.iter().filter(|capability| retired(capability.time())).cloned().collect();
        let stamp: Antichain<_> = sent_with.iter().map(|capability| capability.time().clone()).collect();
        let batch = self.batcher.seal::<Bu>(upper.to_owned());
        self.batcher_sizes.tell(|| self.batcher.sizes());
        // First into the trace: those who get the batch find it there.
        self.writer.insert(batch.clone(), &stamp);
        if !batch.is_empty() {
            output.session(&sent_with).give(batch);
        }
        let kept = self.batcher.frontier();
        self.capabilities.downgrade(kept.iter().chain(later.iter()));
        self.activator.activate();
        true
    }

    /// Works on the trace, and comes back if there is more to do.
    pub(crate) fn rest(&self) {
        if self.writer.exert() == Progress::Working {
            self.activator.activate();
        }
    }
}
