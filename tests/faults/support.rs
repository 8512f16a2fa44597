//! The servers of the stories, with the keeper that outlives them by a moment.

#[path = "../support/keeper.rs"]
pub(crate) mod keeper;
#[path = "../support/server.rs"]
pub(crate) mod server;
#[path = "../support/servers.rs"]
pub(crate) mod servers;
#[path = "../support/wire.rs"]
pub(crate) mod wire;
