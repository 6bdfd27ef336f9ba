//! The operator that brings a trace into another dataflow.

use crate::shared::{Heard, Listener};
use arrangement_trace::Batch;
use std::rc::Rc;
use timely::dataflow::operators::CapabilitySet;
use timely::dataflow::operators::generic::operator::source;
use timely::dataflow::{Scope, Stream};
use timely::scheduling::Activator;

/// A stream of the batches that a listener hears of. `listen` makes the listener, which wakes the operator.
///
/// All that is heard goes out in one go, so that operators that read the trace get all of what was in it when they
/// began before they first look at it. Batches without updates are not sent: they would be sent without capabilities, and
/// could come after the frontier has passed them.
pub(crate) fn import<'scope, B: Batch>(
    scope: Scope<'scope, B::Time>,
    name: &str,
    listen: impl FnOnce(Activator) -> Rc<Listener<B>>,
) -> Stream<'scope, B::Time, Vec<B>> {
    source(scope, name, |capability, info| {
        let listener = listen(scope.activator_for(info.address));
        let mut capabilities = CapabilitySet::from_elem(capability);
        move |output| {
            let Heard { queue, upper } = &mut *listener.heard.borrow_mut();
            for (batch, stamp) in queue.drain(..) {
                let sent_with: CapabilitySet<_> =
                    stamp.iter().map(|time| capabilities.delayed(time)).collect();
                output.session(&sent_with).give(batch);
            }
            capabilities.downgrade(upper.iter());
        }
    })
}
