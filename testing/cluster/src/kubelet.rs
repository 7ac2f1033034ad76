//! The kubelets. kwok plays them: it moves pods and nodes from state to state, as its stages say. It writes no events as a kubelet
//! does, so that part is ours: who watches the pods can tell from each change what a kubelet would have said.

pub mod fault;
pub(crate) mod stages;
pub(crate) mod events;
pub(crate) mod writer;
mod probe;
